namespace TaskConsole.AgentHub.Protocol;

/// <summary>Text that others wrote.</summary>
internal static class Texts
{
    /// <summary>At most <paramref name="length"/> characters, control characters (but line breaks and tabs) and broken surrogates replaced, so that stores, logs and pages can take it.</summary>
    public static string Clean(string text, int length)
    {
        var cut = text.Length <= length ? text : text[..length];
        if (!cut.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return cut;
        }

        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = source[i];
                var paired = (char.IsHighSurrogate(c) && i + 1 < source.Length && char.IsLowSurrogate(source[i + 1]))
                    || (char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(source[i - 1]));
                var odd = (char.IsControl(c) && c is not ('\n' or '\t')) || (char.IsSurrogate(c) && !paired);
                span[i] = odd ? '\uFFFD' : c;
            }
        });
    }

    /// <summary>A name that nobody has checked, for one line of a log.</summary>
    public static string ForLog(string name) => Clean(name, 64).Replace('\n', '\uFFFD').Replace('\t', '\uFFFD');
}
