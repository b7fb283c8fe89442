using System.Net.Mime;

namespace TaskConsole.Console.Api;

/// <summary>Problem details for whatever no endpoint answers.</summary>
internal static class ProblemDetailsUse
{
    /// <summary>Unexpected failures anywhere, and empty answers with an error status under <c>/api</c>, become problem details; an address without a page shows the page that says so. Begins the routing.</summary>
    public static void UseProblemDetails(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseWhen(
            context => context.Request.IsApi(),
            api => api.UseStatusCodePages(context => ProblemWriter.WriteAsync(
                context.HttpContext,
                context.HttpContext.Response.StatusCode,
                context.HttpContext.Response.StatusCode == StatusCodes.Status404NotFound ? RequestProblemCode.NoSuchAddress : RequestProblemCode.NotAnswered)));
        app.UseWhen(
            context => HttpMethods.IsGet(context.Request.Method) && !context.Request.IsApi() && !context.Request.IsLive() && !Path.HasExtension(context.Request.Path),
            page => page.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.Use((context, next) =>
        {
            // Bodies are JSON whatever they are called: curl -d calls them a form.
            if (context.Request.IsApi() && !HttpMethods.IsGet(context.Request.Method))
            {
                context.Request.ContentType = MediaTypeNames.Application.Json;
            }

            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseRouting();
    }
}
