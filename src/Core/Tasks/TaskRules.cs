using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks;

/// <summary>What in the state of a task or CommandHost stands in the way of an act; null: nothing does. Asked by the acts, and by <see cref="TaskActs"/>.</summary>
internal static class TaskRules
{
    public static Problem? ObstacleToStart(OpsTaskStatus status) =>
        status == OpsTaskStatus.Pending ? null : new Problem.WrongState(TaskProblemCode.NotPending, ("taskStatus", status));

    /// <param name="status">Of the task.</param>
    /// <param name="isReached">The task has not ended, or something of it that was given up may still run.</param>
    public static Problem? ObstacleToCancel(OpsTaskStatus status, bool isReached) =>
        isReached ? null : new Problem.WrongState(TaskProblemCode.Ended, ("taskStatus", status));

    /// <summary>A repeated cancel is no error, but there is nothing to offer.</summary>
    public static Problem? ObstacleToNewCancel(DateTimeOffset? requestedAt) =>
        requestedAt is null ? null : new Problem.WrongState(TaskProblemCode.CancelRequested);

    /// <summary>Whether a cancel on this host alone reaches anything.</summary>
    public static Problem? ObstacleToCancelOnHost(OpsTaskStatus taskStatus, CommandHostView row) => row switch
    {
        { MayStillRun: true } => null,
        _ when taskStatus < OpsTaskStatus.Queued => new Problem.WrongState(TaskProblemCode.NotStarted),
        _ when !taskStatus.IsTerminal() && row.Status.IsTerminal() => new Problem.WrongState(TaskProblemCode.CommandHostEnded, ("status", row.Status)),
        _ => ObstacleToCancel(taskStatus, !taskStatus.IsTerminal()),
    };

    /// <param name="left">Processes that are not known to have ended.</param>
    public static Problem? ObstacleToEndBackground(int left) => left > 0 ? null : new Problem.WrongState(TaskProblemCode.NoBackground);

    /// <param name="status">Of the task.</param>
    /// <param name="isAnyUnsuccessful">Some CommandHost did not succeed.</param>
    public static Problem? ObstacleToRetry(OpsTaskStatus status, bool isAnyUnsuccessful) => !status.IsTerminal()
        ? new Problem.WrongState(TaskProblemCode.NotEnded, ("taskStatus", status))
        : isAnyUnsuccessful ? null : new Problem.WrongState(TaskProblemCode.NothingToRetry);

    /// <summary>A person settles only what nobody will ever know the end of.</summary>
    public static Problem? ObstacleToResolve(CommandHostStatus status, Reason? reason) => (status, reason) switch
    {
        (CommandHostStatus.Unreachable, _) or (CommandHostStatus.Failed, Reason.AgentLost) => null,
        (_, { } why) => new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Reason"), ("status", status), ("reason", why)),
        _ => new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Status"), ("status", status)),
    };
}
