namespace TaskConsole.Console.Api;

/// <summary>Problem details for whatever no endpoint answers.</summary>
internal static class ProblemDetailsUse
{
    /// <summary>Unexpected failures anywhere, and empty answers with an error status under <c>/api</c>, become problem details.</summary>
    public static void UseProblemDetails(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseWhen(
            context => context.Request.IsApi(),
            api => api.UseStatusCodePages(context => ProblemWriter.WriteAsync(
                context.HttpContext,
                context.HttpContext.Response.StatusCode,
                context.HttpContext.Response.StatusCode == StatusCodes.Status404NotFound ? "There is nothing under this address." : "The request cannot be answered.")));
        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
    }
}
