using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Api;

/// <summary>Turns a <see cref="JsonException"/> into the path of the field as its author wrote it, and a code with arguments that name no types of .NET.</summary>
internal static class JsonErrors
{
    /// <summary>Path and what is wrong there.</summary>
    public static (string Path, CodedMessage Error) Explain(JsonException failure, Type root, JsonSerializerOptions options)
    {
        var path = failure.Path is { Length: > 1 } jsonPath ? jsonPath.TrimStart('$').TrimStart('.') : "$";
        if (failure.InnerException is JsonException || failure.InnerException?.GetType().Name == "JsonReaderException")
        {
            return (path, NotJson(failure));
        }

        if (failure.Message.StartsWith("Duplicate", StringComparison.Ordinal))
        {
            return (path, CodedMessage.Of(RequestProblemCode.FieldTwice, ("field", path)));
        }

        var target = TypeAt(path, root, options);
        return (path, target switch
        {
            null => CodedMessage.Of(RequestProblemCode.FieldUnknown, ("field", path)),
            { IsEnum: true } => CodedMessage.Of(RequestProblemCode.FieldChoice, ("field", path), ("allowed", Enum.GetNames(target))),
            _ when path == "$" => CodedMessage.Of(RequestProblemCode.BodyType, ("type", Allowed(target, options))),
            _ => CodedMessage.Of(RequestProblemCode.FieldType, ("field", path), ("type", Allowed(target, options))),
        });
    }

    private static CodedMessage NotJson(JsonException failure) =>
        CodedMessage.Of(RequestProblemCode.NotJson, ("line", (failure.LineNumber ?? 0) + 1), ("byte", (failure.BytePositionInLine ?? 0) + 1));

    /// <summary>The type that belongs at a path (<c>commands[0].timeoutSeconds</c>); null: nothing of that name.</summary>
    private static Type? TypeAt(string path, Type root, JsonSerializerOptions options)
    {
        var current = root;
        foreach (var step in path.Split('.', '[').Where(step => step is not ("" or "$")))
        {
            var info = options.GetTypeInfo(current);
            if (info.Kind is JsonTypeInfoKind.Dictionary)
            {
                // What follows is a key, which may hold any character: a dictionary of texts ends each path here.
                return info.ElementType;
            }

            var next = info.Kind is JsonTypeInfoKind.Enumerable
                ? info.ElementType
                : info.Properties.FirstOrDefault(property => property.Name == step)?.PropertyType;
            if (next is null)
            {
                return null;
            }

            current = Nullable.GetUnderlyingType(next) ?? next;
        }

        return current;
    }

    private static string Allowed(Type type, JsonSerializerOptions options) => options.GetTypeInfo(type).Kind switch
    {
        _ when type == typeof(InterpreterSpec) => "text-or-texts",
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "object",
        JsonTypeInfoKind.Enumerable => "list",
        _ when type == typeof(bool) => "boolean",
        _ when type == typeof(int) || type == typeof(long) => "integer",
        _ when type == typeof(Guid) => "uuid",
        _ when type == typeof(DateTimeOffset) => "time",
        _ => "text",
    };
}
