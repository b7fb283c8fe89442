namespace TaskConsole.Contract;

/// <summary>
/// Codes of what the console settled for the author when a task was created, or saw then. Each has a sentence in every language
/// of the pages. Behind each code stand its arguments; <c>command</c> is the index of the command, from 0.
/// </summary>
public static class NoticeCode
{
    /// <summary>A byte order mark before the script was left out. <c>command, count</c>.</summary>
    public const string ByteOrderMark = "script.bom";

    /// <summary>Line ends with CR became LF. <c>command, lines</c>.</summary>
    public const string LineEnds = "script.line-ends";

    /// <summary>Characters that an editor shows as nothing or as a blank were left as they are. Line and character are those of the first. <c>command, line, character, count</c>.</summary>
    public const string Invisible = "script.invisible";

    /// <summary>The interpreter is that of the script's first line. <c>command, interpreter</c>.</summary>
    public const string Shebang = "interpreter.shebang";

    /// <summary>The interpreter that was named holds, though the script's first line names another. <c>command, interpreter, shebang</c>.</summary>
    public const string Named = "interpreter.named";

    /// <summary>A line that reads like a shebang is not the first and so a comment. <c>command, line, shebang, interpreter</c>.</summary>
    public const string LateShebang = "interpreter.late-shebang";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [ByteOrderMark, LineEnds, Invisible, Shebang, Named, LateShebang];
}
