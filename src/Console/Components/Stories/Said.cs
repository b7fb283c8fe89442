using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskConsole.Console.Components.Stories;

/// <summary>A sentence to be said in the reader's language.</summary>
/// <param name="Key">Of the text.</param>
/// <param name="Arguments">For its placeholders; a <see cref="DateTimeOffset"/> is told in the reader's time zone.</param>
public sealed partial record Said(string Key, params IReadOnlyList<object> Arguments)
{
    /// <summary>The text cut at its placeholders, with the arguments between.</summary>
    public IEnumerable<object> In(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Cut(text);
    }

    private IEnumerable<object> Cut(string text)
    {
        var from = 0;
        foreach (Match place in Place().Matches(text))
        {
            yield return text[from..place.Index];
            yield return Arguments[int.Parse(place.ValueSpan[1..^1], NumberStyles.None, CultureInfo.InvariantCulture)];
            from = place.Index + place.Length;
        }

        yield return text[from..];
    }

    [GeneratedRegex(@"\{\d\}", RegexOptions.NonBacktracking)]
    private static partial Regex Place();
}
