namespace TaskConsole.Core.Tasks.Composing;

/// <summary>The first line of a script, where it names an interpreter.</summary>
internal static class Shebang
{
    private const string Mark = "#!";
    private const string Split = "-S";

    /// <summary>
    /// Program and arguments as Linux takes them: everything behind the program is one argument. <c>env -S</c> splits it, and
    /// is split here, so that an old <c>env</c> without the option does; what only <c>env</c> understands (backslashes,
    /// <c>${NAME}</c>, comments) is left to it.
    /// </summary>
    /// <param name="script">With line ends of one LF and no byte order mark.</param>
    /// <returns>Null where the first line names none.</returns>
    public static IReadOnlyList<string>? Read(string script)
    {
        if (!script.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var line = FirstLine(script.AsSpan())[Mark.Length..].Trim(" \t");
        var end = line.IndexOfAny(' ', '\t');
        if (line.IsEmpty)
        {
            return null;
        }

        if (end < 0)
        {
            return [line.ToString()];
        }

        var (program, argument) = (line[..end].ToString(), line[end..].TrimStart(" \t").ToString());
        return IsEnv(program) && SplitByEnv(argument) is { } words ? [program, .. words] : [program, argument];
    }

    /// <summary>A line that reads like one, behind nothing but blank lines or blanks: for Linux it is a comment.</summary>
    /// <param name="script">With line ends of one LF and no byte order mark.</param>
    /// <returns>Its number from 1, and its text; null where there is none.</returns>
    public static (int Line, string Text)? FindLate(string script)
    {
        var rest = script.AsSpan().TrimStart();
        var before = script.AsSpan(0, script.Length - rest.Length);
        return before.IsEmpty || !rest.StartsWith(Mark, StringComparison.Ordinal)
            ? null
            : (before.Count('\n') + 1, FirstLine(rest).TrimEnd().ToString());
    }

    private static ReadOnlySpan<char> FirstLine(ReadOnlySpan<char> text) => text.IndexOf('\n') is >= 0 and var end ? text[..end] : text;

    private static bool IsEnv(string program) => program == "env" || program.EndsWith("/env", StringComparison.Ordinal);

    private static IReadOnlyList<string>? SplitByEnv(string argument) =>
        argument.StartsWith(Split, StringComparison.Ordinal)
        && argument.AsSpan().IndexOfAny("\\$#") < 0
        && ShellWords.TrySplit(argument[Split.Length..], out var words, out _)
        && words.Count > 0
            ? words
            : null;
}
