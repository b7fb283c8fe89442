using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Api;

/// <summary>The one place where a problem becomes a status and RFC 9457 problem details.</summary>
internal static class ProblemWriter
{
    /// <summary>What Core could not do, as an answer.</summary>
    public static ProblemHttpResult ToResult(this Problem problem) => problem switch
    {
        Problem.Invalid invalid => Result(StatusCodes.Status400BadRequest, problem.Detail, invalid.Errors, problem.Code),
        Problem.Forbidden => Result(StatusCodes.Status403Forbidden, problem.Detail),
        Problem.NotFound => Result(StatusCodes.Status404NotFound, problem.Detail),
        Problem.WrongState => Result(StatusCodes.Status409Conflict, problem.Detail),
        _ => throw new UnreachableException($"No status for {problem.GetType()}."),
    };

    /// <summary>Any other failed request as an answer.</summary>
    public static ProblemHttpResult Result(int status, string detail, IReadOnlyDictionary<string, string[]>? errors = null, string? code = null) =>
        TypedResults.Problem(Details(status, detail, errors, code));

    /// <summary>Answers from a middleware.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return Result(status, detail).ExecuteAsync(context);
    }

    /// <summary>What every problem of this console has.</summary>
    public static void Configure(ProblemDetailsOptions options) => options.CustomizeProblemDetails = context =>
    {
        var problem = context.ProblemDetails;
        problem.Instance ??= context.HttpContext.Request.Path;
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
    };

    private static ProblemDetails Details(int status, string detail, IReadOnlyDictionary<string, string[]>? errors, string? code)
    {
        var title = ReasonPhrases.GetReasonPhrase(status);
        var details = errors is null
            ? new ProblemDetails { Status = status, Title = title, Detail = detail }
            : new HttpValidationProblemDetails(errors.ToDictionary(StringComparer.Ordinal)) { Status = status, Title = title, Detail = detail };
        if (code is not null)
        {
            details.Extensions["code"] = code;
        }

        return details;
    }
}
