using System.Text.Json;

namespace TaskConsole.Contract;

/// <summary>
/// A message for programs and people: a code with named arguments. Whoever shows it makes the sentence, in the reader's
/// language. Codes never change their meaning.
/// </summary>
/// <param name="Code">Lower-case words with dots and hyphens: <c>task.name.too-long</c>.</param>
/// <param name="Arguments">By name: texts, whole numbers, lists of texts.</param>
public sealed record CodedMessage(string Code, IReadOnlyDictionary<string, JsonElement> Arguments)
{
    /// <summary>Makes one.</summary>
    /// <param name="code">One of the lists of codes in this project.</param>
    /// <param name="arguments">Texts, whole numbers, ids, members of enums (told by their names), lists of texts.</param>
    public static CodedMessage Of(string code, params ReadOnlySpan<(string Name, object Value)> arguments)
    {
        var named = new Dictionary<string, JsonElement>(arguments.Length, StringComparer.Ordinal);
        foreach (var (name, value) in arguments)
        {
            named[name] = JsonSerializer.SerializeToElement(value is Enum member ? member.ToString() : value);
        }

        return new CodedMessage(code, named);
    }

    /// <summary>For logs and tests: <c>code (name: value, …)</c>.</summary>
    public override string ToString() =>
        Arguments.Count == 0 ? Code : $"{Code} ({string.Join(", ", Arguments.Select(argument => $"{argument.Key}: {argument.Value}"))})";
}
