namespace TaskConsole.Core.Hosts;

/// <summary>What labels are allowed: as Kubernetes has them, so that every label can stand in a selector.</summary>
internal static class LabelRules
{
    public const int MaxLabels = 64;

    /// <summary>Null, or what is wrong and what is allowed.</summary>
    public static string? Check(IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count > MaxLabels)
        {
            return $"A host has at most {MaxLabels} labels; these are {labels.Count}.";
        }

        foreach (var (name, value) in labels)
        {
            if (!IsWord(name, 63, allowEmpty: false) || name.StartsWith("fact.", StringComparison.Ordinal) || name == "name")
            {
                return $"The label name '{name}' is not allowed: 1 to 63 of letters, digits, '-', '_', '.' and '/', beginning and ending with a letter or digit; not 'name' and not 'fact.…'.";
            }

            if (!IsWord(value, 63, allowEmpty: true))
            {
                return $"The value '{value}' of label '{name}' is not allowed: at most 63 of letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.";
            }
        }

        return null;
    }

    private static bool IsWord(string text, int longest, bool allowEmpty) =>
        text.Length == 0
            ? allowEmpty
            : text.Length <= longest
                && char.IsAsciiLetterOrDigit(text[0])
                && char.IsAsciiLetterOrDigit(text[^1])
                && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/');
}
