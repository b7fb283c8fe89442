namespace TaskConsole.Core.Hosts;

/// <summary>What labels are allowed: as Kubernetes has them, so that every label can stand in a selector.</summary>
public static class LabelRules
{
    /// <summary>Labels of one host.</summary>
    public const int MaxLabels = 64;

    private static readonly string Rule = $"A host has at most {MaxLabels} labels; a name has 1 to 63 of letters, digits, '-', '_', '.' and '/' and is not 'name' and not 'fact.…', a value at most 63.";

    private const int MaxQuoted = 80;

    /// <summary>Null, or what is wrong and what is allowed.</summary>
    public static CodedMessage? Check(IReadOnlyDictionary<string, string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count > MaxLabels)
        {
            return CodedMessage.Of(HostProblemCode.LabelsTooMany, ("longest", MaxLabels), ("labels", labels.Count));
        }

        foreach (var (name, value) in labels)
        {
            if (!IsWord(name, 63, allowEmpty: false) || name.StartsWith("fact.", StringComparison.Ordinal) || name == "name")
            {
                return CodedMessage.Of(HostProblemCode.LabelName, ("label", Quote(name)));
            }

            if (!IsWord(value, 63, allowEmpty: true))
            {
                return CodedMessage.Of(HostProblemCode.LabelValue, ("label", Quote(name)), ("value", Quote(value)));
            }
        }

        return null;
    }

    /// <summary>Null, or the rules with what is wrong, in English for the log of an agent: its language is not known.</summary>
    public static string? CheckForAgent(IReadOnlyDictionary<string, string> labels) => Check(labels) is { } wrong ? $"{Rule} Here: {wrong}." : null;

    /// <summary>What anybody may have written, for one line of a log or an answer.</summary>
    private static string Quote(string text) =>
        string.Concat(text.Take(MaxQuoted).Select(letter => letter is >= ' ' and <= '~' ? letter : '?')) + (text.Length > MaxQuoted ? "…" : "");

    private static bool IsWord(string text, int longest, bool allowEmpty) =>
        text.Length == 0
            ? allowEmpty
            : text.Length <= longest
                && char.IsAsciiLetterOrDigit(text[0])
                && char.IsAsciiLetterOrDigit(text[^1])
                && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/');
}
