using System.Text.Json;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>What an agent told beyond a reason, as a column keeps it: a JSON list of <see cref="CodedMessage"/>.</summary>
internal static class DetailsText
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 4_000;

    /// <summary>Null for no details. Texts that are too long together are cut: an end is stored whatever was told with it.</summary>
    public static string? Write(IReadOnlyList<CodedMessage> details)
    {
        if (details.Count == 0)
        {
            return null;
        }

        var written = Json.Write(details);
        for (var longest = MaxLength / 2; written.Length > MaxLength; longest /= 2)
        {
            written = Json.Write(details.Select(detail => Cut(detail, longest)));
        }

        return written;
    }

    public static List<CodedMessage> Read(string? text) => text is null ? [] : Json.Read<List<CodedMessage>>(text);

    private static CodedMessage Cut(CodedMessage detail, int longest) => detail with
    {
        Arguments = detail.Arguments.ToDictionary(
            argument => argument.Key,
            argument => argument.Value.ValueKind == JsonValueKind.String ? JsonSerializer.SerializeToElement(TextCut.At(argument.Value.GetString()!, longest)) : argument.Value,
            StringComparer.Ordinal),
    };
}
