using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>What is ready, and its host is draining, deleted, or away for longer than the task has patience.</summary>
internal sealed class UndeliverableChore(Store store, LedgerWork work, HostPresence presence, IOptions<AgentsOptions> agents) : IDeadlineChore
{
    /// <summary>How long a task with <see cref="OfflineHosts.Wait"/> waits when it does not say.</summary>
    public const int DefaultWaitSeconds = 600;

    public bool Concerns(OpenTask task, DateTimeOffset now) => task.Pending > 0 && task.Status != OpsTaskStatus.Paused;

    public async Task DoAsync(OpenTask task, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waiting = await WaitingAsync(task.Id, now, cancellationToken);
        var mayJudge = presence.MayJudge(now);
        waiting.RemoveAll(row => row is { Draining: false, Known: true } && (!mayJudge || now < Limit(task, row)));
        if (waiting.Count == 0)
        {
            return;
        }

        var causes = waiting.ToDictionary(row => row.Id);
        await work.ChangeAsync(
            task.Id,
            [.. waiting.Select(row => (row.Id, row.CommandIndex))],
            CommandHostStatus.Pending,
            (ledger, row) =>
            {
                var (status, reason) = (causes[row.Id].Draining, task.OfflineHosts) switch
                {
                    (true, _) => (CommandHostStatus.Skipped, Reason.HostDraining),
                    (_, OfflineHosts.Skip) => (CommandHostStatus.Skipped, Reason.HostOffline),
                    (_, OfflineHosts.Wait) => (CommandHostStatus.DispatchFailed, Reason.WaitExpired),
                    _ => (CommandHostStatus.DispatchFailed, Reason.AgentOffline),
                };
                ledger.End(row, status, reason);
            },
            cancellationToken);
    }

    private DateTimeOffset Limit(OpenTask task, Waiting row)
    {
        if (task.OfflineHosts == OfflineHosts.Wait)
        {
            // From when it could have been sent, pauses of the hub included: an operator counts by the wall.
            var from = task.StartedAt > row.ReadyAt ? task.StartedAt.Value : row.ReadyAt;
            var limit = from.AddSeconds(task.WaitSeconds ?? DefaultWaitSeconds);
            var judged = presence.CountsFrom(row.DisconnectedAt);
            return limit > judged ? limit : judged;
        }

        return presence.CountsFrom(row.DisconnectedAt).AddSeconds(agents.Value.OfflineAfterSeconds);
    }

    private async Task<List<Waiting>> WaitingAsync(Guid taskId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? at = now;
        var context = store.Read();
        await using (context)
        {
            return await context.CommandHosts
                .Where(row => row.TaskId == taskId && row.Status == CommandHostStatus.Pending && row.ReadyAt != null && row.ReadyAt <= at)
                .GroupJoin(context.Hosts, row => row.HostId, host => host.Id, (row, hosts) => new { row, hosts })
                .SelectMany(pair => pair.hosts.DefaultIfEmpty(), (pair, host) => new { pair.row, host })
                .Where(pair => pair.host == null || !pair.host.Connected || pair.host.Draining)
                .Select(pair => new Waiting(
                    pair.row.Id,
                    pair.row.CommandIndex,
                    pair.row.ReadyAt!.Value,
                    pair.host != null,
                    pair.host != null && pair.host.Draining,
                    pair.host == null ? null : pair.host.DisconnectedAt))
                .ToListAsync(cancellationToken);
        }
    }

    private sealed record Waiting(Guid Id, int CommandIndex, DateTimeOffset ReadyAt, bool Known, bool Draining, DateTimeOffset? DisconnectedAt);
}
