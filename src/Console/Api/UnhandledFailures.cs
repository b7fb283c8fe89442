using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;

namespace TaskConsole.Console.Api;

/// <summary>What nobody expected: logged with its stack by the framework, answered without it.</summary>
internal sealed class UnhandledFailures : IExceptionHandler
{
    private const int ClientClosedRequest = 499;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        var (status, detail) = exception switch
        {
            BadHttpRequestException bad => (bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? JsonBody.TooLarge : "The request could not be read."),
            DbException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, "The database does not answer. Nothing is lost; try again."),
            _ => (StatusCodes.Status500InternalServerError, "Something went wrong in the console. Its log has the details under this traceId."),
        };
        await ProblemWriter.WriteAsync(httpContext, status, detail);
        return true;
    }
}
