using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Results;

/// <summary>What came of an attempt. Row of <c>command_results</c>, key (CommandHost, attempt), written when the attempt ends.</summary>
public sealed class CommandResult
{
    public Guid CommandHostId { get; set; }

    public int Attempt { get; set; }

    public Guid TaskId { get; set; }

    public CommandHostStatus Status { get; set; }

    public Reason? Reason { get; set; }

    /// <summary>What the agent told beyond the reason, written by <see cref="DetailsText"/>; null: nothing.</summary>
    public string? Details { get; set; }

    public int? ExitCode { get; set; }

    public int? Signal { get; set; }

    public DateTimeOffset? DispatchedAt { get; set; }

    public DateTimeOffset? ClaimedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset FinishedAt { get; set; }

    /// <summary>When the store took it; the hub's clock.</summary>
    public DateTimeOffset CommittedAt { get; set; }

    /// <summary>By the host's monotonic clock; null when it never started.</summary>
    public long? DurationMs { get; set; }

    /// <summary>Bytes produced, kept or not.</summary>
    public long StdoutBytes { get; set; }

    public long StderrBytes { get; set; }

    /// <summary>Whether bytes were left out of what is kept.</summary>
    public bool Truncated { get; set; }

    public byte[]? OutputHash { get; set; }

    /// <summary>Of the agent's journal, with its last word on this attempt.</summary>
    public long? JournalSequence { get; set; }

    /// <summary>Committed after the status had been settled otherwise; changed nothing or corrected it.</summary>
    public bool Late { get; set; }

    /// <summary>Processes that were left running in the background.</summary>
    public int Background { get; set; }

    public DateTimeOffset? TermSentAt { get; set; }

    public DateTimeOffset? KillSentAt { get; set; }

    public int Killed { get; set; }

    public int Escaped { get; set; }
}
