using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Wording;

internal sealed partial class Sentences
{
    private const string DetailKind = "Detail";

    /// <summary>What became of a CommandHost and why; null: there is nothing to say.</summary>
    public string? Of(CommandHostView row) => Tell(row.Status, row.Reason, row.ExitCode, row.Signal, row.Details);

    /// <summary>What became of an attempt and why; null: there is nothing to say.</summary>
    public string? Of(AttemptView attempt) => Tell(attempt.Status, attempt.Reason, attempt.ExitCode, attempt.Signal, attempt.Details);

    /// <summary>What an agent or a person told beyond the reason.</summary>
    public string Detail(CodedMessage detail) => Of(DetailKind, detail);

    /// <summary>Why nothing is dispatched.</summary>
    public string Of(HoldView hold) => Of("Hold", new CodedMessage(hold.Code, hold.Arguments));

    /// <summary>What the console settled for the author of a task.</summary>
    public string Notice(CodedMessage notice) => Of("Notice", notice);

    /// <summary>A reason.</summary>
    /// <param name="status">Status that the reason belongs to.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="exitCode">Exit code of the interpreter; null: not known.</param>
    /// <param name="signal">Number of the signal that ended it; null or 0: not known.</param>
    public string Of(CommandHostStatus status, Reason reason, int? exitCode, int? signal) => Of("Reason", (reason, status, exitCode, signal) switch
    {
        (Reason.ExitCode, _, { } code, _) => CodedMessage.Of("ExitCode", ("exitCode", code)),
        (Reason.ExitCode, _, _, _) => CodedMessage.Of("ExitCode.Unknown"),
        (Reason.Signal, _, _, null or <= 0) => CodedMessage.Of("Signal.Unknown"),
        (Reason.Signal, _, _, { } number) => SignalName.Find(number) is { } name ? CodedMessage.Of("Signal", ("signal", name)) : CodedMessage.Of("Signal.Number", ("signal", number)),
        (Reason.TaskTimeout, CommandHostStatus.Skipped, _, _) => CodedMessage.Of("TaskTimeout.Unsent"),
        (Reason.ResolvedByUser, _, _, _) => CodedMessage.Of($"ResolvedByUser.{status}"),
        _ => CodedMessage.Of(reason.ToString()),
    });

    private string? Tell(CommandHostStatus status, Reason? reason, int? exitCode, int? signal, IReadOnlyList<CodedMessage> details) =>
        reason is null && details.Count == 0
            ? null
            : Join([.. reason is { } known ? [Of(status, known, exitCode, signal)] : Array.Empty<string>(), .. details.Select(Detail)]);
}
