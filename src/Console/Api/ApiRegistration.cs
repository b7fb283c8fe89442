using Scalar.AspNetCore;
using TaskConsole.Console.Api.Hosts;
using TaskConsole.Console.Api.OpenApi;
using TaskConsole.Console.Api.Outputs;
using TaskConsole.Console.Api.Tasks;

namespace TaskConsole.Console.Api;

/// <summary>REST under <c>/api/v1</c> and its reference.</summary>
internal static class ApiRegistration
{
    private const string DocumentPath = "/openapi/{documentName}.json";

    public static void AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.AddProblemDetails(ProblemWriter.Configure);
        services.AddExceptionHandler<UnhandledFailures>();
        services.AddOpenApi("v1", ApiDocument.Configure);
    }

    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup(ApiRoutes.V1).RequireAuthorization();
        api.MapTasks();
        api.MapCommandHosts();
        api.MapHosts();

        app.MapOpenApi(DocumentPath).AllowAnonymous();
        app.MapScalarApiReference("/scalar", options => options
            .WithTitle("TaskConsole API")
            .WithOpenApiRoutePattern(DocumentPath)
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools()).AllowAnonymous();
    }
}
