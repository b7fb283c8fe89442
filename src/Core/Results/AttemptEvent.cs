using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Results;

/// <summary>
/// What an agent says about an attempt, handed by its session to the <see cref="ResultPipeline"/>. Times are
/// already corrected to the hub's clock.
/// </summary>
/// <param name="Key">Which attempt.</param>
/// <param name="HostId">The host of the session that it came by; the pipeline refuses it for another host's attempt.</param>
/// <param name="SessionEpoch">The session that it came by; dropped when a newer one exists.</param>
/// <param name="Origin">Told after the commit.</param>
public abstract record AttemptEvent(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin);

/// <summary>The process was started.</summary>
public sealed record AttemptStarted(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin)
    : AttemptEvent(Key, HostId, SessionEpoch, Origin)
{
    public required long JournalSequence { get; init; }

    public required DateTimeOffset ClaimedAt { get; init; }

    public required DateTimeOffset StartedAt { get; init; }
}

/// <summary>A frame of output, or bytes that the host left out (<see cref="Content"/> empty).</summary>
public sealed record AttemptOutput(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin)
    : AttemptEvent(Key, HostId, SessionEpoch, Origin)
{
    public required OutputStream Stream { get; init; }

    /// <summary>Of the first byte, counted in what was produced.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes that it stands for.</summary>
    public required long Length { get; init; }

    /// <summary>Order of arrival at the host over both streams.</summary>
    public required long Order { get; init; }

    /// <summary>At most 64 KiB; null: omitted.</summary>
    public required ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>First byte after it.</summary>
    public long End => checked(Offset + Length);
}

/// <summary>How an attempt ended, by the agent's word.</summary>
public enum AttemptOutcome
{
    Exited,
    Signaled,
    StartFailed,
    TimedOut,
    TaskTimedOut,
    Canceled,
    SupervisorLost,
    HostRestarted,

    /// <summary>The agent will not start it, now or later.</summary>
    Refused,
}

/// <summary>The end of an attempt.</summary>
public sealed record AttemptFinished(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin)
    : AttemptEvent(Key, HostId, SessionEpoch, Origin)
{
    public required AttemptOutcome Outcome { get; init; }

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public long? JournalSequence { get; init; }

    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>Null: it never started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public long? DurationMs { get; init; }

    public long StdoutBytes { get; init; }

    public long StderrBytes { get; init; }

    /// <summary>What the agent tells beyond the outcome, at most 4; never holds a secret. Its codes need not be known here.</summary>
    public IReadOnlyList<CodedMessage> Details { get; init; } = [];

    public int Background { get; init; }

    public DateTimeOffset? TermSentAt { get; init; }

    public DateTimeOffset? KillSentAt { get; init; }

    public int Killed { get; init; }

    public int Escaped { get; init; }
}

/// <summary>The last process that an attempt left running in the background has ended. The agent says so again until it is acknowledged.</summary>
public sealed record AttemptBackgroundEnded(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin)
    : AttemptEvent(Key, HostId, SessionEpoch, Origin)
{
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Bytes that these processes wrote to the script's streams after its end; dropped on the host.</summary>
    public required long DroppedBytes { get; init; }

    /// <summary>Processes that were ended because a person asked for it.</summary>
    public required int Killed { get; init; }
}

/// <summary>Who handed an event in, and is told when the store has committed it. Calls come from the pipeline, must not block and must not throw.</summary>
public interface IAttemptEventOrigin
{
    /// <summary>Everything of this stream up to, not including, <paramref name="offset"/> is committed.</summary>
    void OutputCommitted(AttemptKey key, OutputStream stream, long offset);

    /// <summary>The end is committed, or changed nothing and is on record: the agent may drop it.</summary>
    void EndCommitted(AttemptKey key);

    /// <summary>
    /// The end of what the attempt left in the background is on record, or is about an attempt that is another host's or that
    /// nobody knows: the agent may drop it.
    /// </summary>
    void BackgroundCommitted(AttemptKey key);

    /// <summary>Bytes before this event are missing: send the stream again from <paramref name="offset"/>, and the end after it.</summary>
    void ResendNeeded(AttemptKey key, OutputStream stream, long offset);

    /// <summary>The event was refused and changed nothing: it is about another host's attempt or one that nobody knows.</summary>
    void Refused(AttemptKey key, string why);
}
