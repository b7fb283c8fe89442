namespace TaskConsole.Core.Problems;

/// <summary>Gathers what is wrong with an input, so that one answer names every field. A field may have several errors.</summary>
public sealed class InputErrors
{
    private readonly Dictionary<string, List<CodedMessage>> _errors = new(StringComparer.Ordinal);

    /// <summary>All of them as a problem; null: nothing is wrong.</summary>
    public Problem? Problem => _errors.Count == 0 ? null : new Problem.Invalid(ToDictionary());

    /// <summary>Notes an error.</summary>
    /// <param name="path">Path of the field as the caller wrote it.</param>
    /// <param name="error">What is wrong and what is allowed.</param>
    public void Add(string path, CodedMessage error)
    {
        if (_errors.TryGetValue(path, out var others))
        {
            others.Add(error);
        }
        else
        {
            _errors[path] = [error];
        }
    }

    /// <summary>Notes an error.</summary>
    /// <param name="path">Path of the field as the caller wrote it.</param>
    /// <param name="code">What is wrong.</param>
    /// <param name="arguments">Of the code.</param>
    public void Add(string path, string code, params ReadOnlySpan<(string Name, object Value)> arguments) => Add(path, CodedMessage.Of(code, arguments));

    /// <summary>By path; empty when nothing is wrong.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CodedMessage>> ToDictionary() =>
        _errors.ToDictionary(error => error.Key, IReadOnlyList<CodedMessage> (error) => error.Value, StringComparer.Ordinal);
}
