using System.Collections.Frozen;

namespace TaskConsole.Core.Tasks;

/// <summary>
/// The one table of states (docs/architecture.md, States). Every change of a status goes through it,
/// as a conditional update on the expected status and attempt.
/// </summary>
public static class StateTable
{
    private static readonly CommandHostStatus[] Terminal =
    [
        CommandHostStatus.Succeeded, CommandHostStatus.Failed, CommandHostStatus.TimedOut,
        CommandHostStatus.Canceled, CommandHostStatus.DispatchFailed, CommandHostStatus.Skipped,
    ];

    private static readonly FrozenDictionary<CommandHostStatus, FrozenSet<CommandHostStatus>> CommandHostMoves =
        new Dictionary<CommandHostStatus, CommandHostStatus[]>
        {
            [CommandHostStatus.Pending] = [CommandHostStatus.Dispatched, CommandHostStatus.Skipped, CommandHostStatus.Canceled, CommandHostStatus.DispatchFailed],
            [CommandHostStatus.Dispatched] = [CommandHostStatus.Running, CommandHostStatus.Unreachable, .. Terminal],
            [CommandHostStatus.Running] = [CommandHostStatus.Unreachable, .. Terminal],
            [CommandHostStatus.Unreachable] = [CommandHostStatus.Dispatched, CommandHostStatus.Running, .. Terminal],
        }.ToFrozenDictionary(move => move.Key, move => move.Value.ToFrozenSet());

    private static readonly FrozenDictionary<OpsTaskStatus, FrozenSet<OpsTaskStatus>> TaskMoves =
        new Dictionary<OpsTaskStatus, OpsTaskStatus[]>
        {
            [OpsTaskStatus.Pending] = [OpsTaskStatus.AwaitingApproval, OpsTaskStatus.Queued, OpsTaskStatus.Canceled],
            [OpsTaskStatus.AwaitingApproval] = [OpsTaskStatus.Queued, OpsTaskStatus.Canceled],
            [OpsTaskStatus.Queued] = [OpsTaskStatus.Running, OpsTaskStatus.Paused, OpsTaskStatus.Canceled, OpsTaskStatus.Completed, OpsTaskStatus.Failed],
            [OpsTaskStatus.Running] = [OpsTaskStatus.Paused, OpsTaskStatus.Completed, OpsTaskStatus.Failed, OpsTaskStatus.Canceled],
            [OpsTaskStatus.Paused] = [OpsTaskStatus.Queued, OpsTaskStatus.Running, OpsTaskStatus.Completed, OpsTaskStatus.Failed, OpsTaskStatus.Canceled],
        }.ToFrozenDictionary(move => move.Key, move => move.Value.ToFrozenSet());

    /// <summary>Whether nothing more is expected of a CommandHost in this status.</summary>
    public static bool IsTerminal(this CommandHostStatus status) => status >= CommandHostStatus.Succeeded;

    /// <summary>Whether an agent may hold it: it was sent, and has not ended.</summary>
    public static bool IsActive(this CommandHostStatus status) =>
        status is CommandHostStatus.Dispatched or CommandHostStatus.Running or CommandHostStatus.Unreachable;

    /// <summary>Whether nothing more is expected of a task in this status.</summary>
    public static bool IsTerminal(this OpsTaskStatus status) => status >= OpsTaskStatus.Completed;

    /// <summary>Whether a CommandHost may make this move.</summary>
    /// <param name="cause">Why it would.</param>
    /// <param name="from">What it is.</param>
    /// <param name="to">Its next status.</param>
    /// <param name="reason">Of the next status.</param>
    internal static bool MayMove(TransitionCause cause, ExecutionState from, CommandHostStatus to, Reason? reason) => cause switch
    {
        TransitionCause.Course => MayMove(from.Status, to),
        TransitionCause.Retry => to == CommandHostStatus.Pending && MayRetry(from.Status, from.Reason),
        TransitionCause.RetryGivenUp => MayGiveUpRetry(from.Status, from.Attempt, to, reason),
        TransitionCause.Correction => MayCorrect(from.Status, from.Reason, to, reason),
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };

    /// <summary>Whether a task may make this move.</summary>
    public static bool MayMove(TransitionCause cause, OpsTaskStatus from, OpsTaskStatus to) => cause switch
    {
        TransitionCause.Course => MayMove(from, to),
        TransitionCause.Correction => MayCorrect(from, to),
        _ => false,
    };

    /// <summary>Whether the ordinary course of things may take a CommandHost from one status to the other.</summary>
    public static bool MayMove(CommandHostStatus from, CommandHostStatus to) =>
        CommandHostMoves.TryGetValue(from, out var targets) && targets.Contains(to);

    /// <summary>Whether a failed attempt may be followed by another: only after the agent itself reported its end.</summary>
    public static bool MayRetry(CommandHostStatus from, Reason? reason) => (from, reason) switch
    {
        (CommandHostStatus.Failed, Reason.ExitCode or Reason.Signal or Reason.StartFailed or Reason.SupervisorLost or Reason.HostRestarted) => true,
        (CommandHostStatus.TimedOut, Reason.Timeout) => true,
        _ => false,
    };

    /// <summary>
    /// Whether an agent gives this reason by what it found in its own records, and not by anything that the script did. A copy
    /// of an agent finds the same records, although the script runs for the original.
    /// </summary>
    public static bool IsOfRecordsAlone(Reason? reason) => reason is Reason.SupervisorLost or Reason.HostRestarted or Reason.StartFailed;

    /// <summary>
    /// Whether a CommandHost that waits for its retry may be settled as this: what came of the attempt before, since it
    /// ran and failed. Whatever ends the wait, it is neither skipped nor canceled.
    /// </summary>
    public static bool MayGiveUpRetry(CommandHostStatus from, int attempt, CommandHostStatus to, Reason? reason) =>
        from == CommandHostStatus.Pending && attempt > 1 && MayRetry(to, reason);

    /// <summary>
    /// Whether a late word corrects a verdict that the server reached without the agent. What the agent
    /// itself reported, and what a person resolved, stands.
    /// </summary>
    public static bool MayCorrect(CommandHostStatus from, Reason? reason, CommandHostStatus to, Reason? correction) =>
        from == CommandHostStatus.Failed
        && reason is Reason.AgentLost or Reason.ServerDeadline
        && (to is CommandHostStatus.Succeeded or CommandHostStatus.Failed or CommandHostStatus.TimedOut or CommandHostStatus.Canceled
            || (to == CommandHostStatus.DispatchFailed && correction is Reason.AgentOffline or Reason.Refused));

    /// <summary>Whether the ordinary course of things may take a task from one status to the other.</summary>
    public static bool MayMove(OpsTaskStatus from, OpsTaskStatus to) =>
        TaskMoves.TryGetValue(from, out var targets) && targets.Contains(to);

    /// <summary>Whether a correction may change the verdict of an ended task.</summary>
    public static bool MayCorrect(OpsTaskStatus from, OpsTaskStatus to) =>
        from is OpsTaskStatus.Failed or OpsTaskStatus.Canceled && to.IsTerminal() && from != to;
}
