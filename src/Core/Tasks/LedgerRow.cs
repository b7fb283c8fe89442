namespace TaskConsole.Core.Tasks;

/// <summary>A row in a ledger, and what it was when it was taken.</summary>
internal sealed class LedgerRow(CommandHost row)
{
    public CommandHost Row { get; } = row;

    public CommandHostStatus StatusBefore { get; } = row.Status;

    public int AttemptBefore { get; } = row.Attempt;

    public bool Changed { get; set; }
}

/// <summary>What is noted on a CommandHost when it ends; null: not known.</summary>
internal readonly record struct CommandHostEnd(DateTimeOffset? FinishedAt, DateTimeOffset? StartedAt, int? ExitCode, byte[]? OutputHash);
