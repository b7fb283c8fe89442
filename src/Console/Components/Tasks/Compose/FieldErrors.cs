using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>What is wrong with a draft, by the path of the field, as <see cref="Problem.Invalid"/> tells it.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> _errors;
    private readonly HashSet<string> _shown = new(StringComparer.Ordinal);

    public FieldErrors(IReadOnlyDictionary<string, string[]> errors) => _errors = new Dictionary<string, string[]>(errors, StringComparer.Ordinal);

    /// <summary>Nothing is wrong.</summary>
    public static FieldErrors None => new(new Dictionary<string, string[]>(StringComparer.Ordinal));

    public int Count => _errors.Count;

    /// <summary>What is wrong with one field; null: nothing.</summary>
    public string? For(string path)
    {
        _shown.Add(path);
        return _errors.TryGetValue(path, out var errors) ? string.Join(' ', errors) : null;
    }

    /// <summary>What is wrong with a field or a part of it.</summary>
    public string? Under(string path)
    {
        var errors = _errors.Where(error => error.Key == path || error.Key.StartsWith(path + ".", StringComparison.Ordinal) || error.Key.StartsWith(path + "[", StringComparison.Ordinal)).ToList();
        _shown.UnionWith(errors.Select(error => error.Key));
        return errors.Count == 0 ? null : string.Join(' ', errors.SelectMany(error => error.Value).Distinct(StringComparer.Ordinal).Take(3));
    }

    /// <summary>What no field of the page has asked for; shown together.</summary>
    public IEnumerable<string> Rest() => _errors.Where(error => !_shown.Contains(error.Key)).Select(error => $"{error.Key}: {string.Join(' ', error.Value)}");
}
