namespace TaskConsole.Core.Results;

/// <summary>
/// An attempt one of whose events failed alone, and what came behind it: kept until it is known whether the store or the
/// event is at fault.
/// </summary>
/// <param name="events">In order; the first is the one that failed.</param>
/// <param name="failedAt">How many transactions had been committed when it first failed.</param>
/// <param name="firstFailure">Timestamp of when it first failed.</param>
/// <param name="failure">How it failed.</param>
internal sealed class HeldAttempt(List<QueuedEvent> events, long failedAt, long firstFailure, Exception failure)
{
    public List<QueuedEvent> Events => events;

    public QueuedEvent Suspect => events[0];

    public AttemptKey Key => events[0].Key;

    public long FailedAt => failedAt;

    public long FirstFailure { get; } = firstFailure;

    /// <summary>Timestamp of when it last failed.</summary>
    public long LastFailure { get; private set; } = firstFailure;

    /// <summary>How it failed last.</summary>
    public Exception Failure { get; private set; } = failure;

    /// <summary>It failed again.</summary>
    public void FailedAgain(Exception again, long at) => (Failure, LastFailure) = (again, at);
}
