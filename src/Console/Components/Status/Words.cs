using Microsoft.Extensions.Localization;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Status;

/// <summary>What became of a CommandHost, in the reader's language.</summary>
internal static class Words
{
    /// <summary>Exit code or signal in two words; null when there is neither, or a person settled it whatever a late word tells.</summary>
    public static string? Outcome(IStringLocalizer texts, CommandHostView row) => row switch
    {
        { Reason: Core.Tasks.Reason.ResolvedByUser } => null,
        { Signal: { } signal } => texts["Outcome.Signal", signal].Value,
        { ExitCode: { } code } => texts["Outcome.Exit", code].Value,
        _ => null,
    };

    /// <summary>What a narrow column has room for: exit code or signal, else the reason.</summary>
    public static string? Short(IStringLocalizer texts, CommandHostView row) =>
        row.Status == CommandHostStatus.Succeeded ? null : Outcome(texts, row) ?? (row.Reason is { } reason ? texts[$"ReasonName.{reason}"].Value : Sentences.Current.Of(row));

    /// <summary>Name of a command, or its number.</summary>
    public static string Command(IStringLocalizer texts, IReadOnlyList<CommandView> commands, int index) =>
        index < commands.Count && commands[index].Name is { Length: > 0 } name ? name : texts["Command.Number", index + 1];
}
