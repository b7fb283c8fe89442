using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Api;

/// <summary>Turns a <see cref="JsonException"/> into the path of the field as its author wrote it, and a sentence without the names of .NET types.</summary>
internal static class JsonErrors
{
    /// <summary>Path and sentence.</summary>
    public static (string Path, string Error) Explain(JsonException failure, Type root, JsonSerializerOptions options)
    {
        var path = failure.Path is { Length: > 1 } jsonPath ? jsonPath.TrimStart('$').TrimStart('.') : "$";
        if (failure.InnerException is JsonException || failure.InnerException?.GetType().Name == "JsonReaderException")
        {
            return (path, NotJson(failure));
        }

        if (failure.Message.StartsWith("Duplicate", StringComparison.Ordinal))
        {
            return (path, $"{path} is there twice.");
        }

        var target = TypeAt(path, root, options);
        return target is null
            ? (path, $"{path} is not known.")
            : (path, $"{(path == "$" ? "The body" : path)} must be {Allowed(target, options)}.");
    }

    /// <summary>An errors map with one entry.</summary>
    public static Dictionary<string, string[]> One(string path, string error) => new(StringComparer.Ordinal) { [path] = [error] };

    private static string NotJson(JsonException failure) => string.Create(
        CultureInfo.InvariantCulture,
        $"The body is not valid JSON: line {failure.LineNumber + 1}, byte {failure.BytePositionInLine + 1}.");

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
        _ when type == typeof(InterpreterSpec) => "a text or a list of texts",
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
        JsonTypeInfoKind.Enumerable => "a list",
        _ when type.IsEnum => "one of " + string.Join(", ", Enum.GetNames(type)),
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(Guid) => "a UUID",
        _ when type == typeof(DateTimeOffset) => "a time such as 2026-01-31T12:00:00Z",
        _ => "a text",
    };
}
