using System.Linq.Expressions;

namespace TaskConsole.Core.Tasks;

/// <summary>Orders in which CommandHosts are listed besides the order of the rollout.</summary>
internal static class CommandHostOrder
{
    /// <summary>Unsuccessful first, then what goes on, then the rest.</summary>
    public static readonly Expression<Func<CommandHost, int>> FailuresFirst = row =>
        row.Status == CommandHostStatus.Failed ? 0
        : row.Status == CommandHostStatus.TimedOut ? 1
        : row.Status == CommandHostStatus.DispatchFailed ? 2
        : row.Status == CommandHostStatus.Unreachable ? 3
        : row.Status == CommandHostStatus.Canceled ? 4
        : row.Status == CommandHostStatus.Skipped ? 5
        : row.Status == CommandHostStatus.Running ? 6
        : row.Status == CommandHostStatus.Dispatched ? 7
        : row.Status == CommandHostStatus.Pending ? 8
        : 9;
}
