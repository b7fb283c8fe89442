using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using TaskConsole.Console.Actors;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api.OpenApi;

/// <summary>Says of an endpoint what the OpenAPI document shows, beside the endpoint.</summary>
internal static class Describing
{
    /// <summary>The act that the endpoint does, its operation id, what it does in a line, and what is worth knowing beyond that. The role for the act is checked before the body is read.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, Act act, string id, string summary, string description)
    {
        endpoint.WithMetadata(act)
            .AddEndpointFilter((context, next) => CheckRoleAsync(act, context, next))
            .WithName(id)
            .WithSummary(summary)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        return description.Length == 0 ? endpoint : endpoint.WithDescription(description);
    }

    /// <summary>Problems that it may answer with.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            if (status == StatusCodes.Status400BadRequest)
            {
                endpoint.ProducesValidationProblem();
            }
            else
            {
                endpoint.ProducesProblem(status);
            }
        }

        return endpoint;
    }

    /// <summary>An optional query parameter that the endpoint reads by a <see cref="QueryReader"/>.</summary>
    public static RouteHandlerBuilder Query<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.Parameter(ParameterLocation.Query, name, description, Schema(typeof(T)));

    /// <summary>An optional header.</summary>
    public static RouteHandlerBuilder Header(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.Parameter(ParameterLocation.Header, name, description, Schema(typeof(string)));

    /// <summary><c>page</c> and <c>pageSize</c>.</summary>
    public static RouteHandlerBuilder Paged(this RouteHandlerBuilder endpoint) => endpoint
        .Parameter(ParameterLocation.Query, "page", "From 1.", Whole(1, null, 1))
        .Parameter(ParameterLocation.Query, "pageSize", "1 to 500.", Whole(1, PageRequest.MaxSize, QueryReader.DefaultPageSize))
        .ProducesProblems(StatusCodes.Status400BadRequest);

    private static async ValueTask<object?> CheckRoleAsync(Act act, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var policy = context.HttpContext.RequestServices.GetRequiredService<IAccessPolicy>();
        return policy.Check(context.HttpContext.User.ToActor(), act) is { } forbidden ? forbidden.ToResult() : await next(context);
    }

    private static RouteHandlerBuilder Parameter(this RouteHandlerBuilder endpoint, ParameterLocation location, string name, string description, OpenApiSchema schema) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = location, Description = description, Schema = schema });
            return Task.CompletedTask;
        });

    private static OpenApiSchema Schema(Type type) => type switch
    {
        { IsEnum: true } => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)name)] },
        _ when type == typeof(int) || type == typeof(long) => Whole(0, null, null),
        _ when type == typeof(Guid) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
        _ when type == typeof(DateTimeOffset) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiSchema Whole(int least, int? most, int? standard) => new()
    {
        Type = JsonSchemaType.Integer,
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most?.ToString(CultureInfo.InvariantCulture),
        Default = standard,
    };
}
