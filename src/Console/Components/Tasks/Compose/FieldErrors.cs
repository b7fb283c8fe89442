using System.Text.RegularExpressions;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>What is wrong with a draft, by the path of the field, as <see cref="Problem.Invalid"/> tells it, in the reader's language.</summary>
public sealed partial class FieldErrors(IReadOnlyDictionary<string, IReadOnlyList<CodedMessage>> errors)
{
    private const int MostShown = 3;

    /// <summary>Nothing is wrong.</summary>
    public static FieldErrors None { get; } = new(new Dictionary<string, IReadOnlyList<CodedMessage>>(StringComparer.Ordinal));

    public int Count => errors.Count;

    /// <summary>What is wrong with one field; null: nothing.</summary>
    public string? For(string path) => errors.TryGetValue(path, out var found) ? Sentences.Current.Problems(found) : null;

    /// <summary>What is wrong with a field or a part of it: the first few.</summary>
    public string? Under(string path)
    {
        var sentences = Sentences.Current;
        return sentences.Join(errors.Where(error => IsUnder(error.Key, path)).SelectMany(error => error.Value).Select(sentences.Problem).Distinct(StringComparer.Ordinal).Take(MostShown));
    }

    /// <summary>What belongs to no field of the page; shown together.</summary>
    public IEnumerable<string> Rest() => errors.Where(error => !OfThePage().IsMatch(error.Key)).Select(error => $"{error.Key}: {Sentences.Current.Problems(error.Value)}");

    private static bool IsUnder(string key, string path) =>
        key.StartsWith(path, StringComparison.Ordinal) && (key.Length == path.Length || key[path.Length] is '.' or '[');

    [GeneratedRegex("""^(name|commands(\[\d+\](\.(name|script|interpreter|timeoutSeconds|runAs|workingDirectory|onFailure|retries|retryDelaySeconds|environment)\b.*)?)?|targets\b.*|parameters\b.*|secretParameters\b.*)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfThePage();
}
