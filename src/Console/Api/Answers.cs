using Microsoft.AspNetCore.Http.HttpResults;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api;

/// <summary>Core's answers as HTTP results.</summary>
internal static class Answers
{
    /// <summary>200 with the value, or the problem.</summary>
    public static Results<Ok<T>, ProblemHttpResult> ToResult<T>(this Answer<T> answer) =>
        answer.TryGet(out var value, out var problem) ? TypedResults.Ok(value) : problem.ToResult();

    /// <summary>200 with the page, or the problem; a page beyond the last one is a problem too.</summary>
    public static Results<Ok<PageOf<T>>, ProblemHttpResult> ToPage<T>(this Answer<PageOf<T>> answer) =>
        answer.TryGet(out var page, out _) && page.Page > page.Last()
            ? new Problem.Invalid("page", RequestProblemCode.PageBeyondLast, ("last", page.Last()), ("number", page.Page)).ToResult()
            : answer.ToResult();

    /// <summary>201 with the value and where it is, or the problem.</summary>
    public static Results<Created<T>, ProblemHttpResult> ToCreated<T>(this Answer<T> answer, Func<T, string> location) =>
        answer.TryGet(out var value, out var problem) ? TypedResults.Created(location(value), value) : problem.ToResult();
}
