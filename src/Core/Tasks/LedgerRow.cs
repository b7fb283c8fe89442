namespace TaskConsole.Core.Tasks;

/// <summary>A row in a ledger, and what it was when it was taken.</summary>
internal sealed class LedgerRow(CommandHost row)
{
    public CommandHost Row { get; } = row;

    public CommandHostStatus StatusBefore { get; } = row.Status;

    public int AttemptBefore { get; } = row.Attempt;

    public bool Changed { get; set; }

    /// <summary>How the attempt before this one ended, while the row waits for its retry; else null.</summary>
    public FailedAttempt? Failed { get; set; }

    /// <summary>How long the attempt took, where this transaction learned it; else null. A row that was taken as ended and moves again was given up by the server, which knows no duration.</summary>
    public long? DurationMs { get; set; }

    public ExecutionState State => new(Row.Status, Row.Reason, Row.Attempt, Row.StartedAt, Row.FinishedAt, DurationMs, Row.OutputHash);
}

/// <summary>A move of a row, and what the row was before it.</summary>
internal readonly record struct LedgerMove(LedgerRow Entry, TransitionCause Cause, ExecutionState Before);

/// <summary>An attempt that failed by its agent's word, and is to be followed by another.</summary>
internal sealed record FailedAttempt(CommandHostStatus Status, Reason? Reason, DateTimeOffset? DispatchedAt, CommandHostEnd End);

/// <summary>What is noted on a CommandHost when it ends; null: not known.</summary>
internal readonly record struct CommandHostEnd(DateTimeOffset? FinishedAt, DateTimeOffset? StartedAt, int? ExitCode, byte[]? OutputHash, long? DurationMs);
