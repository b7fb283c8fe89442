using System.Globalization;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>What a command runs, settled when its task is created: the script as hosts get it, and its interpreter.</summary>
/// <param name="Script">Normalised by <see cref="ScriptText"/>.</param>
/// <param name="Interpreter">Program and arguments: as named, else of the script's first line, else <c>/bin/sh</c>.</param>
/// <param name="Notices">What was settled for the author, and what he may not see; at most five.</param>
public sealed record SettledScript(string Script, IReadOnlyList<string> Interpreter, IReadOnlyList<CodedMessage> Notices)
{
    /// <summary>Interpreter of a script that names none.</summary>
    public const string DefaultInterpreter = "/bin/sh";

    private const int LongestShown = 200;

    /// <summary>Settles a command.</summary>
    /// <param name="index">Of the command in its task, from 0; told in the notices.</param>
    /// <param name="script">As its author wrote it.</param>
    /// <param name="named">Interpreter that its author named; null, or one that cannot be read, is none.</param>
    public static SettledScript Of(int index, string script, InterpreterSpec? named)
    {
        ArgumentNullException.ThrowIfNull(script);
        var text = ScriptText.Normalise(script);
        var shebang = Shebang.Read(text.Text);
        var words = named is not null && named.TryRead(out var read, out _) && read.Count > 0 ? read : null;
        return new SettledScript(text.Text, words ?? shebang ?? [DefaultInterpreter], [.. NoticesOf(index, text, shebang, words)]);
    }

    private static IEnumerable<CodedMessage> NoticesOf(int index, ScriptText text, IReadOnlyList<string>? shebang, IReadOnlyList<string>? named)
    {
        if (text.ByteOrderMarks > 0)
        {
            yield return CodedMessage.Of(NoticeCode.ByteOrderMark, ("command", index), ("count", text.ByteOrderMarks));
        }

        if (text.LineEnds > 0)
        {
            yield return CodedMessage.Of(NoticeCode.LineEnds, ("command", index), ("lines", text.LineEnds));
        }

        if (text.FindInvisible() is var (character, line, count))
        {
            yield return CodedMessage.Of(NoticeCode.Invisible, ("command", index), ("line", line), ("character", string.Create(CultureInfo.InvariantCulture, $"U+{(int)character:X4}")), ("count", count));
        }

        if (shebang is not null && named is null)
        {
            yield return CodedMessage.Of(NoticeCode.Shebang, ("command", index), ("interpreter", Shown(ShellWords.Join(shebang))));
        }
        else if (shebang is not null && !shebang.SequenceEqual(named!, StringComparer.Ordinal))
        {
            yield return CodedMessage.Of(NoticeCode.Named, ("command", index), ("interpreter", Shown(ShellWords.Join(named!))), ("shebang", Shown(ShellWords.Join(shebang))));
        }
        else if (named is null && Shebang.FindLate(text.Text) is var (late, comment))
        {
            yield return CodedMessage.Of(NoticeCode.LateShebang, ("command", index), ("line", late), ("shebang", Shown(comment)), ("interpreter", DefaultInterpreter));
        }
    }

    private static string Shown(string text) => text.Length <= LongestShown ? text : text[..(LongestShown - 1)] + "…";
}
