using Microsoft.Extensions.Localization;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks;

/// <summary>Says notices of a task in the reader's language, each beside the command that it is about.</summary>
internal static class NoticeWords
{
    /// <summary>Key of the sentence of a code.</summary>
    public static string KeyOf(string code) => "Notice." + code;

    /// <summary>The sentence.</summary>
    public static string Of(IStringLocalizer texts, TaskNotice notice) =>
        texts[KeyOf(notice.Code), [.. Places(notice.Code).Select(name => notice.Arguments[name].ToString())]].Value;

    /// <summary>Index of the command that it is about, from 0.</summary>
    public static int CommandOf(TaskNotice notice) => notice.Arguments["command"].GetInt32();

    // The arguments in the order of the placeholders.
    private static string[] Places(string code) => code switch
    {
        NoticeCode.LineEnds => ["lines"],
        NoticeCode.Invisible => ["line", "character", "count"],
        NoticeCode.Shebang => ["interpreter"],
        NoticeCode.Named => ["interpreter", "shebang"],
        NoticeCode.LateShebang => ["line", "shebang", "interpreter"],
        _ => [],
    };
}
