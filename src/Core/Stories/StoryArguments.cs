using System.Text.Json;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Stories;

/// <summary>Named arguments of a story event, as a column keeps them: a JSON object of texts and whole numbers.</summary>
internal static class StoryArguments
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 4_000;

    /// <summary>Of an event that says all by itself.</summary>
    public static IReadOnlyDictionary<string, JsonElement> None { get; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Texts that are too long together are cut: an event is stored whatever is told with it.</summary>
    /// <param name="arguments">Texts, whole numbers, members of enums (kept by their names); null: left out.</param>
    public static string Write(params ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        var named = Named(arguments);
        var written = Json.Write(named);
        for (var longest = MaxLength / 2; written.Length > MaxLength; longest /= 2)
        {
            written = Json.Write(named.ToDictionary(argument => argument.Key, argument => Cut(argument.Value, longest), StringComparer.Ordinal));
        }

        return written;
    }

    public static IReadOnlyDictionary<string, JsonElement> Read(string? text) => text is null ? None : Json.Read<Dictionary<string, JsonElement>>(text);

    /// <summary>Arguments of an event that is not stored but read off a row or a result.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(params ReadOnlySpan<(string Name, object? Value)> arguments) => Read(Json.Write(Named(arguments)));

    private static Dictionary<string, object> Named(ReadOnlySpan<(string Name, object? Value)> arguments)
    {
        var named = new Dictionary<string, object>(arguments.Length, StringComparer.Ordinal);
        foreach (var (name, value) in arguments)
        {
            if (value is not null)
            {
                named[name] = value;
            }
        }

        return named;
    }

    private static object Cut(object value, int longest) => value is string text ? TextCut.At(text, longest) : value;
}
