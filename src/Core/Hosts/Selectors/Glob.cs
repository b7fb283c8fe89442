namespace TaskConsole.Core.Hosts.Selectors;

/// <summary>
/// A pattern with <c>*</c> (any characters, also none) and <c>?</c> (one character) over a whole text.
/// </summary>
/// <remarks>
/// What stands between two stars is looked for once, leftmost: nothing behind a later star can make an earlier
/// choice wrong, so no pattern makes it try again and again.
/// </remarks>
internal sealed class Glob
{
    private readonly string _pattern;
    private readonly string[] _pieces;
    private readonly int _shortest;

    public Glob(string pattern)
    {
        _pattern = pattern;
        _pieces = pattern.Split('*');
        _shortest = _pieces.Sum(piece => piece.Length);
    }

    /// <summary>Whether the whole text fits.</summary>
    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (text.Length < _shortest)
        {
            return false;
        }

        if (_pieces.Length == 1)
        {
            return text.Length == _shortest && StartsWith(text, _pieces[0]);
        }

        var first = _pieces[0];
        var last = _pieces[^1];
        if (!StartsWith(text, first) || !StartsWith(text[^last.Length..], last))
        {
            return false;
        }

        var rest = text[first.Length..^last.Length];
        foreach (var piece in _pieces.AsSpan(1, _pieces.Length - 2))
        {
            var at = IndexOf(rest, piece);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + piece.Length)..];
        }

        return true;
    }

    /// <inheritdoc />
    public override string ToString() => _pattern;

    private static int IndexOf(ReadOnlySpan<char> text, string piece)
    {
        for (var at = 0; at + piece.Length <= text.Length; at++)
        {
            if (StartsWith(text[at..], piece))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool StartsWith(ReadOnlySpan<char> text, string piece)
    {
        for (var at = 0; at < piece.Length; at++)
        {
            if (piece[at] != '?' && piece[at] != text[at])
            {
                return false;
            }
        }

        return true;
    }
}
