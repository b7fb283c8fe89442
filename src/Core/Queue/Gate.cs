using System.Globalization;
using System.Linq.Expressions;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Queue;

/// <summary>
/// Whether a task or a CommandHost may be dispatched now, or the first reason that holds it. A pure function of what is given:
/// the scheduler, the retry rule, pages and REST ask the same one.
/// </summary>
internal static class Gate
{
    /// <summary>Tasks of which anything may be dispatched: started, and neither ended, paused, canceled, stopped nor timed out.</summary>
    public static readonly Expression<Func<OpsTask, bool>> IsOpen = task =>
        (task.Status == OpsTaskStatus.Queued || task.Status == OpsTaskStatus.Running)
        && task.RolloutStoppedAt == null && task.CancelRequestedAt == null && task.TimedOutAt == null;

    private static readonly Func<OpsTask, bool> OpenCheck = IsOpen.Compile();

    /// <summary>Whether anything of this task may be dispatched.</summary>
    public static bool MayDispatch(OpsTask task) => OpenCheck(task);

    /// <summary>Whether an attempt that failed may be followed by another.</summary>
    public static bool MayRetry(OpsTask task, Command command, CommandHost row, CommandHostStatus status, Reason? reason) =>
        StateTable.MayRetry(status, reason)
        && row.Attempt <= command.Retries
        && row.CancelRequestedAt is null
        && task is { CancelRequestedAt: null, RolloutStoppedAt: null, TimedOutAt: null };

    /// <summary>What holds a task before anybody looks at its hosts; null: nothing does.</summary>
    public static CodedMessage? Judge(QueuedTask task, FleetState fleet)
    {
        if (!task.HasReadableSecrets)
        {
            return CodedMessage.Of(HoldCode.SecretsUnreadable);
        }

        return task.InFlight == 0 && fleet.TasksInFlight >= fleet.MaxTasks && task.Priority != TaskPriority.Critical
            ? CodedMessage.Of(HoldCode.TaskLimit, ("limit", fleet.MaxTasks))
            : null;
    }

    /// <summary>What holds a task when nothing more may be in flight.</summary>
    public static CodedMessage FleetIsFull(FleetState fleet) => CodedMessage.Of(HoldCode.FleetLimit, ("limit", fleet.MaxExecutions));

    /// <summary>What holds a task of which nothing could be claimed; null: nothing of it is ready.</summary>
    public static CodedMessage? Judge(HostTurns turns, FleetState fleet) => turns switch
    {
        { Ready: 0 } => null,
        _ when turns.Claimable > 0 => fleet.Room <= 0 ? FleetIsFull(fleet) : null,
        _ when turns.Busy > turns.Away => CodedMessage.Of(HoldCode.HostsBusy, ("hosts", turns.Busy), ("limit", fleet.MaxPerHost)),
        _ => CodedMessage.Of(HoldCode.HostsAway, ("hosts", turns.Away)),
    };

    /// <summary>What holds one CommandHost that is Pending in an open task; null: nothing does.</summary>
    public static (CodedMessage Why, DateTimeOffset Since)? Judge(WaitingRow row, DateTimeOffset now)
    {
        if (row.EarlierCommand is { } earlier)
        {
            return (CodedMessage.Of(HoldCode.EarlierCommand, ("command", earlier + 1)), row.StartedAt);
        }

        if (row.ReadyAt > now)
        {
            return (CodedMessage.Of(HoldCode.RetryWait, ("at", row.ReadyAt.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))), row.LastEndedAt ?? row.StartedAt);
        }

        if (row.TaskHold is { } hold && hold.Why.Code is HoldCode.SecretsUnreadable or HoldCode.TaskLimit)
        {
            return (hold.Why, hold.Since);
        }

        if (!row.IsHostConnected)
        {
            return (CodedMessage.Of(HoldCode.HostsAway, ("hosts", 1), ("host", row.HostName)), row.HostGoneAt > row.ReadyAt ? row.HostGoneAt.Value : row.ReadyAt);
        }

        if (row.HasEarlierAttempt)
        {
            return (CodedMessage.Of(HoldCode.EarlierAttempt), row.ReadyAt);
        }

        if (row.ActiveOnHost >= row.MaxPerHost)
        {
            return (CodedMessage.Of(HoldCode.HostsBusy, ("hosts", 1), ("limit", row.MaxPerHost)), row.ReadyAt);
        }

        return row.TaskHold is { Why.Code: HoldCode.FleetLimit } full ? (full.Why, full.Since) : null;
    }
}

/// <summary>A task that may be dispatched, as the store has it.</summary>
/// <param name="Id">Which task.</param>
/// <param name="RetryOf">The task that it retries.</param>
/// <param name="Priority">As composed.</param>
/// <param name="InFlight">CommandHosts of it that agents hold.</param>
/// <param name="HasReadableSecrets">It has no secret parameters, or they can be decrypted.</param>
internal sealed record QueuedTask(Guid Id, Guid? RetryOf, TaskPriority Priority, int InFlight, bool HasReadableSecrets);

/// <summary>What is in flight in the whole fleet, and how much may be.</summary>
internal sealed record FleetState(int TasksInFlight, int MaxTasks, int ExecutionsInFlight, int MaxExecutions, int MaxPerHost)
{
    /// <summary>How many executions more may be in flight.</summary>
    public int Room => MaxExecutions - ExecutionsInFlight;
}

/// <summary>The rows of a task whose turn it is on their hosts, by what those hosts are.</summary>
/// <param name="Ready">All of them.</param>
/// <param name="Away">On hosts that are away, draining or deleted.</param>
/// <param name="Claimable">On hosts that would take them now.</param>
/// <param name="NextRetryAt">When the next row that waits for its retry may be sent; null: none waits.</param>
internal sealed record HostTurns(int Ready, int Away, int Claimable, DateTimeOffset? NextRetryAt)
{
    /// <summary>On hosts that are there and have as much as they may.</summary>
    public int Busy => Ready - Away - Claimable;
}

/// <summary>A hold as the scheduler stored it with its task.</summary>
internal sealed record StoredHold(CodedMessage Why, DateTimeOffset Since);

/// <summary>One CommandHost that is Pending in an open task.</summary>
internal sealed record WaitingRow
{
    /// <summary>When its task was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public required string HostName { get; init; }

    /// <summary>Index of the command of this host that has to end first; null: it is this one's turn.</summary>
    public required int? EarlierCommand { get; init; }

    /// <summary>From when it may be dispatched, when it is its turn.</summary>
    public required DateTimeOffset ReadyAt { get; init; }

    /// <summary>When its last attempt was over, while the next one waits.</summary>
    public required DateTimeOffset? LastEndedAt { get; init; }

    public required bool IsHostConnected { get; init; }

    /// <summary>When its host was last here.</summary>
    public required DateTimeOffset? HostGoneAt { get; init; }

    public required bool HasEarlierAttempt { get; init; }

    /// <summary>Executions that its host holds.</summary>
    public required int ActiveOnHost { get; init; }

    public required int MaxPerHost { get; init; }

    /// <summary>What holds the whole task.</summary>
    public required StoredHold? TaskHold { get; init; }
}
