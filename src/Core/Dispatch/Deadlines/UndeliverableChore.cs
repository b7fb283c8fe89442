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

    public async Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pending = open.Where(task => task.Pending > 0 && task.Status != OpsTaskStatus.Paused).ToDictionary(task => task.Id);
        if (pending.Count == 0)
        {
            return 0;
        }

        List<Waiting> waiting;
        var context = store.Read();
        await using (context)
        {
            waiting = await WaitingAsync(context, pending.Values, now, cancellationToken);
        }

        var mayJudge = presence.MayJudge(now);
        return await work.ChangeAsync(
            waiting.Where(row => pending.TryGetValue(row.TaskId, out var task)
                && (row.Draining || !row.Known || (mayJudge && now >= Limit(task, row)))),
            (ledger, row, found) =>
            {
                var (status, reason) = (found.Draining, ledger.Task.OfflineHosts) switch
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
            // The wait counts from when the row could have been sent, and includes times in which the hub was stopped: an operator counts by the clock on the wall.
            var from = task.StartedAt > row.ReadyAt ? task.StartedAt.Value : row.ReadyAt!.Value;
            var limit = from.AddSeconds(task.WaitSeconds ?? DefaultWaitSeconds);
            var judged = presence.CountsFrom(row.DisconnectedAt);
            return limit > judged ? limit : judged;
        }

        return presence.CountsFrom(row.DisconnectedAt).AddSeconds(agents.Value.OfflineAfterSeconds);
    }

    /// <summary>What is ready and may be due.</summary>
    private async Task<List<Waiting>> WaitingAsync(TaskConsoleContext context, IEnumerable<OpenTask> pending, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waits = pending.Where(task => task.OfflineHosts == OfflineHosts.Wait).Select(task => task.WaitSeconds ?? DefaultWaitSeconds).DefaultIfEmpty(0);
        DateTimeOffset? readyBefore = now;
        DateTimeOffset? waitsSince = now.AddSeconds(-waits.Min());
        DateTimeOffset? goneBefore = now.AddSeconds(-agents.Value.OfflineAfterSeconds);
        var mayJudge = presence.MayJudge(now);
        return await context.Tasks
            .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status < OpsTaskStatus.Paused && task.PendingCount > 0)
            .Join(context.CommandHosts.Where(row => row.ReadyAt <= readyBefore), task => task.Id, row => row.ReadyTaskId, (task, row) => new { task, row })
            .GroupJoin(context.Hosts, pair => pair.row.HostId, host => host.Id, (pair, hosts) => new { pair.task, pair.row, hosts })
            .SelectMany(pair => pair.hosts.DefaultIfEmpty(), (pair, host) => new { pair.task, pair.row, host })
            .Where(pair => pair.host == null
                || pair.host.Draining
                || (mayJudge && !pair.host.Connected
                    && (pair.task.OfflineHosts == OfflineHosts.Wait
                        ? pair.row.ReadyAt <= waitsSince
                        : pair.host.DisconnectedAt == null || pair.host.DisconnectedAt <= goneBefore)))
            .Select(pair => new Waiting(
                pair.row.TaskId,
                pair.row.Id,
                pair.row.CommandIndex,
                CommandHostStatus.Pending,
                pair.row.Attempt,
                pair.row.ReadyAt,
                pair.host != null,
                pair.host != null && pair.host.Draining,
                pair.host == null ? null : pair.host.DisconnectedAt))
            .ToListAsync(cancellationToken);
    }

    private sealed record Waiting(
        Guid TaskId,
        Guid Id,
        int CommandIndex,
        CommandHostStatus Status,
        int Attempt,
        DateTimeOffset? ReadyAt,
        bool Known,
        bool Draining,
        DateTimeOffset? DisconnectedAt) : DueRow(TaskId, Id, CommandIndex, Status, Attempt);
}
