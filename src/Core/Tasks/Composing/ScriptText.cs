using System.Buffers;
using System.Text;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>A script as hosts get it: no byte order mark before it, each line ended by one LF.</summary>
/// <param name="Text">The script.</param>
/// <param name="ByteOrderMarks">How many U+FEFF stood before it.</param>
/// <param name="LineEnds">How many line ends were something else than one LF.</param>
internal sealed record ScriptText(string Text, int ByteOrderMarks, int LineEnds)
{
    private const char ByteOrderMark = '\uFEFF';

    // What an editor shows as nothing or as a blank, and a shell takes as part of a word; and what turns the order of reading.
    private static readonly SearchValues<char> Invisible = SearchValues.Create(
        "\r\u0085\u00A0\u200B\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF");

    /// <summary>
    /// Leaves out byte order marks before the text, and ends each line with one LF. A line ends with LF or CR LF, with
    /// several CR before the LF too, and with a CR at the end of the text; in a text without any LF each CR ends a line.
    /// A CR in the midst of a line stays.
    /// </summary>
    public static ScriptText Normalise(string script)
    {
        var text = script.TrimStart(ByteOrderMark);
        var marks = script.Length - text.Length;
        if (!text.Contains('\r', StringComparison.Ordinal))
        {
            return new ScriptText(text, marks, 0);
        }

        var isOldMac = !text.Contains('\n', StringComparison.Ordinal);
        var lines = new StringBuilder(text.Length);
        var changed = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\r')
            {
                lines.Append(text[at]);
                continue;
            }

            // The next LF or other character behind one CR or several.
            var end = at + 1;
            while (!isOldMac && end < text.Length && text[end] == '\r')
            {
                end++;
            }

            if (isOldMac || end == text.Length || text[end] == '\n')
            {
                lines.Append('\n');
                changed++;
                at = isOldMac ? at : end;
            }
            else
            {
                lines.Append(text, at, end - at);
                at = end - 1;
            }
        }

        return new ScriptText(lines.ToString(), marks, changed);
    }

    /// <summary>The first character that an editor shows as nothing or as a blank, its line from 1, and how many there are; null: none.</summary>
    public (char Character, int Line, int Count)? FindInvisible()
    {
        var first = Text.AsSpan().IndexOfAny(Invisible);
        if (first < 0)
        {
            return null;
        }

        var count = 0;
        foreach (var one in Text.AsSpan(first))
        {
            count += Invisible.Contains(one) ? 1 : 0;
        }

        return (Text[first], Text.AsSpan(0, first).Count('\n') + 1, count);
    }
}
