using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Api;

/// <summary>The one place where a problem becomes a status and RFC 9457 problem details: English sentences, and the codes with arguments beside them.</summary>
internal static class ProblemWriter
{
    /// <summary>What could not be done, as an answer.</summary>
    public static ProblemHttpResult ToResult(this Problem problem) => problem switch
    {
        Problem.Invalid invalid => TypedResults.Problem(Details(invalid)),
        Problem.Forbidden => Result(StatusCodes.Status403Forbidden, problem.Message),
        Problem.NotFound => Result(StatusCodes.Status404NotFound, problem.Message),
        Problem.WrongState => Result(StatusCodes.Status409Conflict, problem.Message),
        _ => throw new UnreachableException($"No status for {problem.GetType()}."),
    };

    /// <summary>Any other failed request as an answer.</summary>
    public static ProblemHttpResult Result(int status, CodedMessage message) =>
        TypedResults.Problem(Coded(new ProblemDetails { Status = status }, message));

    /// <summary>Answers from a middleware.</summary>
    public static Task WriteAsync(HttpContext context, int status, CodedMessage message)
    {
        context.Response.StatusCode = status;
        return Result(status, message).ExecuteAsync(context);
    }

    /// <summary>Answers from a middleware.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code) => WriteAsync(context, status, CodedMessage.Of(code));

    /// <summary>What every problem of this console has.</summary>
    public static void Configure(ProblemDetailsOptions options) => options.CustomizeProblemDetails = context =>
    {
        var problem = context.ProblemDetails;
        problem.Instance ??= context.HttpContext.Request.Path;
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
    };

    private static ProblemDetails Details(Problem.Invalid invalid)
    {
        var sentences = invalid.Errors.ToDictionary(error => error.Key, error => error.Value.Select(Sentences.English.Problem).ToArray(), StringComparer.Ordinal);
        var details = Coded(new HttpValidationProblemDetails(sentences) { Status = StatusCodes.Status400BadRequest }, invalid.Message);
        details.Extensions["errorCodes"] = invalid.Errors;
        return details;
    }

    private static ProblemDetails Coded(ProblemDetails details, CodedMessage message)
    {
        details.Title = ReasonPhrases.GetReasonPhrase(details.Status!.Value);
        details.Detail = Sentences.English.Problem(message);
        details.Extensions["code"] = message.Code;
        details.Extensions["arguments"] = message.Arguments;
        return details;
    }
}
