using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using static TaskConsole.Core.Tasks.CommandHostStatus;

namespace TaskConsole.Core.Tests.Model;

/// <content>Agents that go and come, and what the server decides without them when its patience ends.</content>
internal sealed partial class TaskModel
{
    public static readonly TimeSpan OfflineAfter = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(10);

    public void Away(ModelHost host) =>
        Rows.Where(row => row.Host == host && row.Status.IsActive()).ToList().ForEach(row => (row.Status, row.AwaySince) = (Unreachable, Now));

    /// <param name="host">Whose.</param>
    /// <param name="journal">Rows that it has, with their current attempt.</param>
    /// <param name="sameJournal">Whether it can be trusted about what it lacks.</param>
    public void Back(ModelHost host, IReadOnlyDictionary<ModelRow, JournalState> journal, bool sameJournal)
    {
        foreach (var row in Rows.Where(row => row.Host == host).ToList())
        {
            var known = journal.TryGetValue(row, out var state) && row.WasSent(row.Attempt) && !row.Try(row.Attempt).Ended;
            if (row.Status.IsTerminal())
            {
                if (row.Unknown && !known && sameJournal)
                {
                    (row.Status, row.Reason) = (DispatchFailed, Reason.AgentOffline);
                }

                (row.Held, row.Unknown) = known && state == JournalState.Ended ? (row.Held, row.Unknown) : (known, false);
            }
            else if (row.Status.IsActive() && !known && (row.StartedAt is not null || !sameJournal))
            {
                End(row, Failed, Reason.AgentLost);
            }
            else if (row.Status.IsActive())
            {
                row.StartedAt ??= known && state != JournalState.Claimed ? Now : null;
                row.Status = row.StartedAt is null ? Dispatched : Running;
            }
        }

        Settle();
    }

    public void Sweep()
    {
        if (Status.IsTerminal())
        {
            return;
        }

        if (!TimedOut && spec.Timeout is { } seconds && Now >= StartedAt.AddSeconds(seconds))
        {
            TimedOut = true;
            SkipPending(Reason.TaskTimeout);
        }

        foreach (var row in Rows.Where(row => row.Status == Pending && row.ReadyAt <= Now && (row.Host.Draining || (!row.Host.Connected && Now >= PatienceWith(row)))).ToList())
        {
            var (status, reason) = row.Host.Draining ? (Skipped, Reason.HostDraining) : spec.OfflineHosts switch
            {
                OfflineHosts.Skip => (Skipped, Reason.HostOffline),
                OfflineHosts.Wait => (DispatchFailed, Reason.WaitExpired),
                _ => (DispatchFailed, Reason.AgentOffline),
            };
            End(row, status, reason);
        }

        Settle();
        GiveUp(row => row.Status == Unreachable && Now >= row.AwaySince + LostAfter, Reason.AgentLost);
        GiveUp(
            row => row.Status is Dispatched or Running && row.Host.Connected && Now >= LimitOf(row)
                && (row.Host.ConnectedAt < Now - Patience || Now >= LimitOf(row) + LongestPatience),
            Reason.ServerDeadline);
    }

    private DateTimeOffset LimitOf(ModelRow row) =>
        (row.StartedAt ?? row.DispatchedAt)!.Value.AddSeconds(spec.Commands[row.Command].Timeout) + KillGrace + Patience;

    private DateTimeOffset PatienceWith(ModelRow row)
    {
        var waited = (row.ReadyAt > StartedAt ? row.ReadyAt.Value : StartedAt).AddSeconds(spec.Wait);
        return spec.OfflineHosts != OfflineHosts.Wait ? row.Host.DisconnectedAt + OfflineAfter
            : waited > row.Host.DisconnectedAt ? waited
            : row.Host.DisconnectedAt;
    }

    private void GiveUp(Func<ModelRow, bool> due, Reason reason)
    {
        foreach (var row in Rows.Where(due).ToList())
        {
            End(row, Failed, reason);
            row.Unknown = row.StartedAt is null;
            row.Held = row.Unknown || reason == Reason.ServerDeadline;
        }

        Settle();
    }
}
