using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Decides what runs: claims ready CommandHosts in sets under the scheduler's lease, commits, then delivers.
/// Holds nothing that cannot be read back from the store.
/// </summary>
internal sealed partial class Scheduler(
    Store store,
    LeaderLease lease,
    CommandCatalog catalog,
    OrderComposer orders,
    IAgentGateway gateway,
    UndeliveredOrders undelivered,
    DispatchSignal signal,
    IOptions<DispatchOptions> options,
    TimeProvider time,
    ILogger<Scheduler> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var more = false;
            try
            {
                more = lease.IsLeader && await RoundAsync(stoppingToken);
            }
            catch (LeadershipLostException)
            {
                // Another instance schedules; this one looks again after a while.
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogRoundFailed(logger, failure);
            }

            if (!more)
            {
                await signal.WaitAsync(TimeSpan.FromSeconds(options.Value.SweepSeconds), time, stoppingToken);
            }
        }
    }

    /// <summary>One look at the queue. True: there may be more to claim at once.</summary>
    internal async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        var more = false;
        var context = store.Read();
        await using (context)
        {
            var candidates = await context.Tasks
                .Where(task => (task.Status == OpsTaskStatus.Queued || task.Status == OpsTaskStatus.Running)
                    && task.PendingCount > 0 && task.RolloutStoppedAt == null && task.CancelRequestedAt == null && task.TimedOutAt == null)
                .OrderByDescending(task => task.Priority).ThenBy(task => task.Id)
                .Take(options.Value.MaxRunningTasks)
                .Select(task => new Candidate(task.Id, task.RetryOf))
                .ToListAsync(cancellationToken);
            if (candidates.Count == 0)
            {
                return false;
            }

            var active = await context.Tasks
                .Where(task => task.DispatchedCount + task.RunningCount + task.UnreachableCount > 0
                    && (task.Status == OpsTaskStatus.Running || task.Status == OpsTaskStatus.Paused))
                .Select(task => task.DispatchedCount + task.RunningCount + task.UnreachableCount)
                .ToListAsync(cancellationToken);
            var room = options.Value.MaxRunningExecutions - active.Sum();

            // A task holds a host once: below that many tasks no host can be full.
            var mayBeFull = active.Count + candidates.Count > options.Value.MaxRunningPerHost;
            foreach (var candidate in candidates)
            {
                var limit = Math.Min(options.Value.ClaimBatch, room);
                if (limit <= 0)
                {
                    break;
                }

                var ready = await ReadyAsync(context, candidate, limit, mayBeFull, cancellationToken);
                var claimed = ready.Count == 0 ? 0 : await ClaimAsync(candidate.TaskId, ready, cancellationToken);
                more |= claimed > 0 && ready.Count == limit && limit < room;
                room -= claimed;
            }
        }

        return more;
    }

    private async Task<int> ClaimAsync(Guid taskId, List<Ready> ready, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var claim = await store.WriteAsync(
            async (unit, token) =>
            {
                await lease.CheckAsync(unit, token);
                var set = await LedgerSet.OpenAsync(unit, [taskId], catalog, now, token);
                if (set.Find(taskId) is not { } ledger
                    || ledger.Task is not { Status: OpsTaskStatus.Queued or OpsTaskStatus.Running, RolloutStoppedAt: null, CancelRequestedAt: null, TimedOutAt: null })
                {
                    return null;
                }

                await set.LoadPartAsync([.. ready.Select(row => (taskId, row.Id, row.CommandIndex))], token);
                var doubted = ready.Where(candidate => ledger.Find(candidate.Id) is { } row && ledger.IsRetryDoubted(row, candidate.DoubtedBefore)).ToList();
                await set.LoadAsync(doubted.Select(row => (taskId, row.Id, row.CommandIndex)), token);
                foreach (var candidate in doubted)
                {
                    ledger.End(ledger.Find(candidate.Id)!, CommandHostStatus.Failed, Reason.AgentLost);
                }

                var rows = new List<(CommandHost Row, long SessionEpoch)>(ready.Count);
                foreach (var candidate in ready)
                {
                    if (ledger.Find(candidate.Id) is { Status: CommandHostStatus.Pending } row && row.ReadyAt <= now)
                    {
                        ledger.Dispatch(row);
                        rows.Add((row, candidate.SessionEpoch));
                    }
                }

                await set.SettleAsync(token);
                return new Claim(ledger.Task, rows);
            },
            cancellationToken);
        if (claim is null)
        {
            return 0;
        }

        foreach (var order in await orders.ComposeAsync(claim.Task, claim.Rows, cancellationToken))
        {
            if (!gateway.TryExecute(order))
            {
                undelivered.Add(order.Key.CommandHostId);
                LogNotDelivered(logger, order.Key.CommandHostId, order.Key.Attempt, order.HostId);
            }
        }

        return claim.Rows.Count;
    }

    private Task<List<Ready>> ReadyAsync(TaskConsoleContext context, Candidate candidate, int limit, bool mayBeFull, CancellationToken cancellationToken)
    {
        DateTimeOffset? now = time.GetUtcNow();
        var (taskId, parent, most) = (candidate.TaskId, candidate.RetryOf ?? candidate.TaskId, options.Value.MaxRunningPerHost);

        // What this task, or the one that it retries, gave up and was found alive must have ended first.
        var hosts = context.Hosts.Where(host => host.Connected && !host.Draining
            && !context.CommandHosts.Any(row => row.ActiveHostId == host.Id && (row.TaskId == taskId || row.TaskId == parent)));
        if (mayBeFull)
        {
            hosts = hosts.Where(host => context.CommandHosts.Count(row => row.ActiveHostId == host.Id) < most);
        }

        return context.CommandHosts
            .Where(row => row.ReadyTaskId == candidate.TaskId && row.ReadyAt <= now)
            .Join(hosts, row => row.HostId, host => host.Id, (row, host) => new { row.Id, row.CommandIndex, row.HostId, host.SessionEpoch, host.DoubtedBefore })
            .OrderBy(row => row.Id)
            .Take(limit)
            .Select(row => new Ready(row.Id, row.CommandIndex, row.HostId, row.SessionEpoch, row.DoubtedBefore))
            .ToListAsync(cancellationToken);
    }

    private sealed record Candidate(Guid TaskId, Guid? RetryOf);

    private sealed record Ready(Guid Id, int CommandIndex, Guid HostId, long SessionEpoch, DateTimeOffset? DoubtedBefore);

    private sealed record Claim(OpsTask Task, List<(CommandHost Row, long SessionEpoch)> Rows);

    [LoggerMessage(LogLevel.Error, "A round of the scheduler failed; the next one tries again")]
    private static partial void LogRoundFailed(ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Information, "Attempt {CommandHostId}#{Attempt} is committed and could not be handed to host {HostId} now; the sweep sends it again")]
    private static partial void LogNotDelivered(ILogger logger, Guid commandHostId, int attempt, Guid hostId);
}
