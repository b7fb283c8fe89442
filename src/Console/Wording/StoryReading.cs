using System.Text.Json;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Wording;

/// <summary>Reads the arguments of a story's entries by name. What another version of the console wrote may lack some.</summary>
internal static class StoryReading
{
    /// <summary>A text; null: it is not told.</summary>
    public static string? Text(this StoryEntry told, string name) =>
        told.Arguments.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A number; null: it is not told.</summary>
    public static long? Number(this StoryEntry told, string name) =>
        told.Arguments.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A member of an enum; null: it is not told, or not known here.</summary>
    public static T? Member<T>(this StoryEntry told, string name)
        where T : struct, Enum =>
        Enum.TryParse<T>(told.Text(name), out var member) && Enum.IsDefined(member) ? member : null;
}
