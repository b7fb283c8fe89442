namespace TaskConsole.Core.Tasks;

/// <content>The counters of the task, and where its hosts stand.</content>
internal sealed partial class TaskLedger
{
    private void Count(CommandHostStatus status, Reason? reason, int change)
    {
        switch (status)
        {
            case CommandHostStatus.Pending: task.PendingCount += change; break;
            case CommandHostStatus.Dispatched: task.DispatchedCount += change; break;
            case CommandHostStatus.Running: task.RunningCount += change; break;
            case CommandHostStatus.Unreachable: task.UnreachableCount += change; break;
            case CommandHostStatus.Succeeded: task.SucceededCount += change; break;
            case CommandHostStatus.Failed: task.FailedCount += change; break;
            case CommandHostStatus.TimedOut: task.TimedOutCount += change; break;
            case CommandHostStatus.Canceled: task.CanceledCount += change; break;
            case CommandHostStatus.DispatchFailed: task.DispatchFailedCount += change; break;
            case CommandHostStatus.Skipped:
                task.SkippedCount += change;
                task.SkippedAsAskedCount += reason is Reason.HostOffline or Reason.HostDraining ? change : 0;
                break;
            default: throw new ArgumentOutOfRangeException(nameof(status), status, null);
        }
    }

    private void Count(HostStage stage, int change)
    {
        switch (stage)
        {
            case HostStage.Waiting: task.HostsWaiting += change; break;
            case HostStage.Running: task.HostsRunning += change; break;
            case HostStage.Succeeded: task.HostsSucceeded += change; break;
            default: task.HostsFailed += change; break;
        }
    }
}
