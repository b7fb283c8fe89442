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

        var (status, message) = exception switch
        {
            BadHttpRequestException bad => (bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? JsonBody.TooLarge : CodedMessage.Of(RequestProblemCode.NotRead)),
            DbException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, CodedMessage.Of(RequestProblemCode.DatabaseAway)),
            _ => (StatusCodes.Status500InternalServerError, CodedMessage.Of(RequestProblemCode.Failed)),
        };
        await ProblemWriter.WriteAsync(httpContext, status, message);
        return true;
    }
}
