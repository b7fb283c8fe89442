using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>What an agent told beyond a reason, as a column keeps it: a JSON list of <see cref="CodedMessage"/>.</summary>
internal static class DetailsText
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 4_000;

    /// <summary>Null for no details. Of those that are too long together the codes alone are kept: an end is stored whatever was told with it.</summary>
    public static string? Write(IReadOnlyList<CodedMessage> details)
    {
        if (details.Count == 0)
        {
            return null;
        }

        var text = Json.Write(details);
        return text.Length <= MaxLength ? text : Json.Write(details.Select(detail => CodedMessage.Of(detail.Code)));
    }

    public static List<CodedMessage> Read(string? text) => text is null ? [] : Json.Read<List<CodedMessage>>(text);
}
