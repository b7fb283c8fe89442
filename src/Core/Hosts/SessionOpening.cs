using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Hosts;

/// <summary>What a hello says, its signature checked by the hub.</summary>
public sealed record HelloReport
{
    public required Guid HostId { get; init; }

    /// <summary>When the hub read it.</summary>
    public required DateTimeOffset SaidAt { get; init; }

    public required string BootId { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] JournalId { get; init; }

    public required long JournalSequence { get; init; }

    public required IReadOnlyList<JournalEntryReport> Attempts { get; init; }

    public required HostFactsReport Facts { get; init; }

    public required HostLoad Load { get; init; }

    public string? Address { get; init; }

    /// <summary>The session epoch of the last Welcome that the agent has stored with this key; null: it knows of none.</summary>
    public long? LastEpoch { get; init; }

    /// <summary>
    /// 16 bytes that stand for one data directory during one boot; null: it told none. Of two agents at one place the former
    /// has ended, since the directory's lock was free.
    /// </summary>
    public byte[]? PlaceId { get; init; }
}

/// <summary>State of an attempt in an agent's journal.</summary>
public enum JournalState
{
    Claimed,
    Running,
    Ended,
}

/// <summary>One attempt of an agent's journal. Times in the hub's clock.</summary>
public sealed record JournalEntryReport(AttemptKey Key, JournalState State, long JournalSequence, DateTimeOffset? StartedAt);

/// <summary>What the hub answers for an attempt of the journal.</summary>
public enum ReconcileVerdict
{
    /// <summary>Go on sending output from the offsets, and the end.</summary>
    Keep,

    /// <summary>As Keep, and kill it.</summary>
    Cancel,

    /// <summary>Drop the folder, keep the tombstone.</summary>
    Forget,
}

/// <summary>The verdict for one attempt.</summary>
public sealed record ReconciledAttempt(AttemptKey Key, ReconcileVerdict Verdict, long StdoutOffset, long StderrOffset, CancelOrder? Cancel);

/// <summary>What came of a hello.</summary>
public abstract record HelloAnswer
{
    private HelloAnswer()
    {
    }

    /// <summary>A session is open.</summary>
    public sealed record Opened(SessionOpening Opening) : HelloAnswer;

    /// <summary>The host is unknown or not approved any more.</summary>
    public sealed record NotApproved : HelloAnswer;

    /// <summary>An operator has decided between two agents since it was said: the agent says hello anew.</summary>
    public sealed record Outdated : HelloAnswer;

    /// <summary>Two agents use the key of this host, and no operator has decided yet.</summary>
    /// <param name="Address">Of the agent that was here first.</param>
    /// <param name="OtherAddress">Of the agent that came to it.</param>
    public sealed record Duplicate(string? Address, string? OtherAddress) : HelloAnswer;
}

/// <summary>What the store made of a hello; committed before anything is sent.</summary>
/// <param name="SessionEpoch">Counts the sessions of this host.</param>
/// <param name="Attempts">One for each attempt of the hello.</param>
/// <param name="Executes">Dispatches that never arrived, to be sent again with a renewed NotAfter.</param>
/// <param name="Cancels">Cancels of dispatches that never arrived: the agent writes a tombstone, so that a late copy starts nothing.</param>
public sealed record SessionOpening(
    long SessionEpoch,
    IReadOnlyList<ReconciledAttempt> Attempts,
    IReadOnlyList<ExecuteOrder> Executes,
    IReadOnlyList<CancelOrder> Cancels);
