namespace TaskConsole.Core.Results;

/// <summary>
/// An attempt one of whose events failed alone, and what came behind it: kept until it is known whether the store or the
/// event is at fault.
/// </summary>
/// <param name="events">In order; the first is the one that failed.</param>
/// <param name="failedAt">How many transactions had been committed when it first failed.</param>
/// <param name="failure">How it failed last.</param>
internal sealed class HeldAttempt(List<QueuedEvent> events, long failedAt, Exception failure)
{
    public List<QueuedEvent> Events => events;

    public QueuedEvent Suspect => events[0];

    public AttemptKey Key => events[0].Key;

    public long FailedAt => failedAt;

    public Exception Failure { get; set; } = failure;
}
