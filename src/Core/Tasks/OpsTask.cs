using TaskConsole.Core.Acts;

namespace TaskConsole.Core.Tasks;

/// <summary>
/// What an operator composes and starts once: ordered commands, targets, priority. Row of <c>tasks</c>.
/// </summary>
/// <remarks>The counters always equal the counts of its CommandHosts: they change in the same transaction (invariant 4).</remarks>
public sealed class OpsTask
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Longest description, in characters.</summary>
    public const int MaxDescriptionLength = 4000;

    public Guid Id { get; set; }

    public required string Name { get; set; }

    public string? Description { get; set; }

    public TaskPriority Priority { get; set; }

    public OpsTaskStatus Status { get; set; }

    /// <summary>Kind of the <see cref="Acts.Actor"/> that composed it.</summary>
    public ActorKind CreatedByKind { get; set; }

    /// <summary>Id of the <see cref="Acts.Actor"/> that composed it.</summary>
    public Guid CreatedById { get; set; }

    /// <summary>Name of the <see cref="Acts.Actor"/> that composed it, at that time.</summary>
    public required string CreatedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the start was accepted; what the task's timeout counts from.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>When a cancel of the whole task was accepted.</summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>The ended task whose unsuccessful hosts this one tries again.</summary>
    public Guid? RetryOf { get; set; }

    /// <summary>The targets as composed, JSON of <see cref="Composing.TargetSpec"/>.</summary>
    public required string Targets { get; set; }

    /// <summary>Parameters, JSON object of name to text.</summary>
    public string? Parameters { get; set; }

    /// <summary>Names of the secret parameters, JSON array.</summary>
    public string? SecretNames { get; set; }

    /// <summary>Secret parameters, JSON object of name to text, encrypted by Data Protection.</summary>
    public byte[]? Secrets { get; set; }

    /// <summary>What was settled for its author, JSON list of <see cref="CodedMessage"/>; null: nothing.</summary>
    public string? Notices { get; set; }

    /// <summary>Rollout as composed, JSON of <see cref="Composing.RolloutSpec"/>.</summary>
    public string? Rollout { get; set; }

    /// <summary>Seconds from <see cref="StartedAt"/>; null: no limit.</summary>
    public int? TimeoutSeconds { get; set; }

    /// <summary>When that limit passed: nothing more is dispatched, what runs is killed.</summary>
    public DateTimeOffset? TimedOutAt { get; set; }

    public OfflineHosts OfflineHosts { get; set; }

    /// <summary>With Wait: how long something ready waits for an agent that is away.</summary>
    public int? WaitSeconds { get; set; }

    public string? Lock { get; set; }

    /// <summary>Set when the rollout was stopped: nothing more is dispatched.</summary>
    public DateTimeOffset? RolloutStoppedAt { get; set; }

    /// <summary>Code of what holds the task, one of <see cref="Contract.HoldCode"/>, as the scheduler saw it last; null: nothing does.</summary>
    public string? HoldCode { get; set; }

    /// <summary>Arguments of <see cref="HoldCode"/>, JSON object.</summary>
    public string? HoldArguments { get; set; }

    /// <summary>Since when <see cref="HoldCode"/> holds it.</summary>
    public DateTimeOffset? HoldSince { get; set; }

    public int CommandCount { get; set; }

    /// <summary>How many hosts it runs on.</summary>
    public int HostsTotal { get; set; }

    public int HostsWaiting { get; set; }

    public int HostsRunning { get; set; }

    public int HostsSucceeded { get; set; }

    public int HostsFailed { get; set; }

    public int Total { get; set; }

    public int PendingCount { get; set; }

    public int DispatchedCount { get; set; }

    public int RunningCount { get; set; }

    public int UnreachableCount { get; set; }

    public int SucceededCount { get; set; }

    public int FailedCount { get; set; }

    public int TimedOutCount { get; set; }

    public int CanceledCount { get; set; }

    public int DispatchFailedCount { get; set; }

    public int SkippedCount { get; set; }

    /// <summary>Of <see cref="SkippedCount"/>: those skipped as asked (HostOffline, HostDraining), which do not spoil the verdict.</summary>
    public int SkippedAsAskedCount { get; set; }
}
