using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>
/// Words of a line as a POSIX shell reads them, with nothing expanded: quotes and backslashes count, everything else
/// (<c>$</c>, <c>*</c>, <c>~</c>, <c>;</c>, <c>#</c>) is text.
/// </summary>
public static class ShellWords
{
    private const string Blanks = " \t\n";
    private const string EscapedInDoubleQuotes = "$`\"\\\n";
    private const string Plain = "@%_+=:,./-^";

    /// <summary>Splits a line at blanks that are not quoted.</summary>
    /// <param name="text">The line; may be empty, which has no words.</param>
    /// <param name="words">The words, unquoted.</param>
    /// <param name="error">Which quote is not closed, or that the last backslash quotes nothing.</param>
    public static bool TrySplit(string text, out IReadOnlyList<string> words, [NotNullWhen(false)] out CodedMessage? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<string>();
        var word = new StringBuilder();
        var isWord = false;
        (words, error) = (found, null);
        for (var at = 0; at < text.Length; at++)
        {
            var here = text[at];
            if (Blanks.Contains(here, StringComparison.Ordinal))
            {
                End();
            }
            else if (here == '\\')
            {
                if (++at == text.Length)
                {
                    error = CodedMessage.Of(SpecProblemCode.InterpreterBackslash, ("longest", TaskSpecValidator.MaxInterpreterBytes));
                    return false;
                }

                // A backslash before a line break takes both away.
                if (text[at] != '\n')
                {
                    word.Append(text[at]);
                    isWord = true;
                }
            }
            else if (here is '\'' or '"')
            {
                var end = Quoted(text, at, word);
                if (end < 0)
                {
                    error = CodedMessage.Of(SpecProblemCode.InterpreterQuote, ("quote", here.ToString()), ("character", at + 1), ("longest", TaskSpecValidator.MaxInterpreterBytes));
                    return false;
                }

                (at, isWord) = (end, true);
            }
            else
            {
                word.Append(here);
                isWord = true;
            }
        }

        End();
        return true;

        void End()
        {
            if (isWord)
            {
                found.Add(word.ToString());
            }

            word.Clear();
            isWord = false;
        }
    }

    /// <summary>A line that <see cref="TrySplit"/> and every POSIX shell read as these words.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(one => char.IsLetterOrDigit(one) || Plain.Contains(one, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Appends what is quoted from <paramref name="start"/> on; answers where the closing quote stands, or -1.</summary>
    private static int Quoted(string text, int start, StringBuilder word)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                return at;
            }

            if (quote == '"' && text[at] == '\\' && at + 1 < text.Length && EscapedInDoubleQuotes.Contains(text[at + 1], StringComparison.Ordinal))
            {
                at++;
                if (text[at] == '\n')
                {
                    continue;
                }
            }

            word.Append(text[at]);
        }

        return -1;
    }
}
