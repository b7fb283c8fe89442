using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Api.OpenApi;

/// <summary>The OpenAPI document as a whole.</summary>
internal static class ApiDocument
{
    /// <summary>Name of the security scheme in the document.</summary>
    private const string BearerScheme = "Bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = description => $"/{description.RelativePath}".StartsWith(ApiRoutes.V1, StringComparison.Ordinal);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "TaskConsole",
                Version = "v1",
                Description = "Compose a task, run it on many hosts, follow it live. Durations are whole milliseconds (`…Ms`) or seconds (`…Seconds`), "
                    + "times ISO 8601 in UTC, ids UUIDs. Errors are RFC 9457 problem details with a stable `code` and its `arguments`; a 400 has an `errors` map from the path of a field to what is wrong, and `errorCodes` with their codes.",
            };
            document.Servers = [];
            Secure(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = context.JsonTypeInfo.Type;
            SchemaExamples.Apply(schema, type);
            DescribeInterpreter(schema, type);
            ProblemSchema.Apply(schema, type);
            if (type.IsEnum)
            {
                schema.Type = JsonSchemaType.String;
                schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)name)];
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>A text or a list of texts: its converter hides that from the generator.</summary>
    private static void DescribeInterpreter(OpenApiSchema schema, Type type)
    {
        if (type == typeof(InterpreterSpec))
        {
            var text = new OpenApiSchema { Type = JsonSchemaType.String };
            schema.OneOf = [text, new OpenApiSchema { Type = JsonSchemaType.Array, Items = text }];
        }
    }

    private static void Secure(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API token; the first is the setting Security:BootstrapApiToken.",
            },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, document)] = [] },
        ];
    }
}
