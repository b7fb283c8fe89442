using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace TaskConsole.Console.Api.OpenApi;

/// <summary>What problem details of this console have beyond RFC 9457; the framework's types do not show it.</summary>
internal static class ProblemSchema
{
    /// <summary>Adds it to the schema of problem details.</summary>
    public static void Apply(OpenApiSchema schema, Type type)
    {
        if (!type.IsAssignableTo(typeof(ProblemDetails)))
        {
            return;
        }

        schema.Properties ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        foreach (var (name, property) in Message("Stable name of the problem for programs: `task.name.too-long`."))
        {
            schema.Properties[name] = property;
        }

        if (type.IsAssignableTo(typeof(HttpValidationProblemDetails)))
        {
            schema.Properties["errorCodes"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "What `errors` tells, as codes with arguments.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = Message("Stable name of what is wrong.") },
                },
            };
        }
    }

    private static Dictionary<string, IOpenApiSchema> Message(string code) => new(StringComparer.Ordinal)
    {
        ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = code },
        ["arguments"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "Of the code, by name: texts, whole numbers, lists of texts.", AdditionalProperties = new OpenApiSchema() },
    };
}
