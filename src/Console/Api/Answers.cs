using Microsoft.AspNetCore.Http.HttpResults;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Api;

/// <summary>Core's answers as HTTP results.</summary>
internal static class Answers
{
    /// <summary>200 with the value, or the problem.</summary>
    public static Results<Ok<T>, ProblemHttpResult> ToResult<T>(this Answer<T> answer) =>
        answer.TryGet(out var value, out var problem) ? TypedResults.Ok(value) : problem.ToResult();

    /// <summary>201 with the value and where it is, or the problem.</summary>
    public static Results<Created<T>, ProblemHttpResult> ToCreated<T>(this Answer<T> answer, Func<T, string> location) =>
        answer.TryGet(out var value, out var problem) ? TypedResults.Created(location(value), value) : problem.ToResult();
}
