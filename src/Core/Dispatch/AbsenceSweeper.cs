using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Judges what absent agents hold up: what cannot be sent, and what has been unreachable too long. Also sends again
/// what a lost hint left Dispatched. Everything is read off the store: a restart loses nothing.
/// </summary>
internal sealed partial class AbsenceSweeper(
    Store store,
    CommandCatalog catalog,
    OrderComposer orders,
    IAgentGateway gateway,
    HostPresence presence,
    IOptions<DispatchOptions> dispatch,
    IOptions<AgentsOptions> agents,
    DispatchSignal signal,
    TimeProvider time,
    ILogger<AbsenceSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(30);

    private DateTimeOffset _nextResend;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(logger, failure);
            }
        }
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var resend = now >= _nextResend;
        if (resend)
        {
            _nextResend = now + ResendAfter;
        }

        List<OpenTask> tasks;
        var context = store.Read();
        await using (context)
        {
            tasks = await context.Tasks
                .Where(task => task.Status == OpsTaskStatus.Queued || task.Status == OpsTaskStatus.Running || task.Status == OpsTaskStatus.Paused)
                .Select(task => new OpenTask(task.Id, task.Status, task.PendingCount, task.DispatchedCount, task.UnreachableCount))
                .ToListAsync(cancellationToken);
        }

        foreach (var task in tasks)
        {
            if (task.Pending > 0 && task.Status != OpsTaskStatus.Paused)
            {
                await JudgeUndeliverableAsync(task.Id, now, cancellationToken);
            }

            if (task.Unreachable > 0 && presence.MayJudge(now))
            {
                await JudgeLostAsync(task.Id, now, cancellationToken);
            }

            if (task.Dispatched > 0 && resend)
            {
                await SendAgainAsync(task.Id, now, cancellationToken);
            }
        }
    }

    /// <summary>Ready, and its host is draining, gone, or away for too long.</summary>
    private async Task JudgeUndeliverableAsync(Guid taskId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? at = now;
        List<Undeliverable> waiting;
        var context = store.Read();
        await using (context)
        {
            waiting = await context.CommandHosts
                .Where(row => row.TaskId == taskId && row.Status == CommandHostStatus.Pending && row.ReadyAt != null && row.ReadyAt <= at)
                .GroupJoin(context.Hosts, row => row.HostId, host => host.Id, (row, hosts) => new { row, hosts })
                .SelectMany(pair => pair.hosts.DefaultIfEmpty(), (pair, host) => new { pair.row, host })
                .Where(pair => pair.host == null || !pair.host.Connected || pair.host.Draining)
                .Select(pair => new Undeliverable(
                    pair.row.Id,
                    pair.row.CommandIndex,
                    pair.host != null,
                    pair.host != null && pair.host.Draining,
                    pair.host == null ? null : pair.host.DisconnectedAt))
                .ToListAsync(cancellationToken);
        }

        var patience = TimeSpan.FromSeconds(agents.Value.OfflineAfterSeconds);
        var mayJudge = presence.MayJudge(now);
        waiting.RemoveAll(row => !row.Draining && row.Known && (!mayJudge || now < presence.CountsFrom(row.DisconnectedAt) + patience));
        if (waiting.Count == 0)
        {
            return;
        }

        await ChangeAsync(
            taskId,
            waiting.Select(row => (row.Id, row.CommandIndex)),
            ledger =>
            {
                foreach (var row in waiting)
                {
                    if (ledger.Find(row.Id) is { Status: CommandHostStatus.Pending } open)
                    {
                        var (status, reason) = (row.Draining, ledger.Task.OfflineHosts) switch
                        {
                            (true, _) => (CommandHostStatus.Skipped, Reason.HostDraining),
                            (_, OfflineHosts.Skip) => (CommandHostStatus.Skipped, Reason.HostOffline),
                            _ => (CommandHostStatus.DispatchFailed, Reason.AgentOffline),
                        };
                        ledger.End(open, status, reason);
                    }
                }
            },
            cancellationToken);
    }

    /// <summary>Unreachable for longer than the grace: nobody will know, unless the agent comes back and says so.</summary>
    private async Task JudgeLostAsync(Guid taskId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromSeconds(dispatch.Value.AgentLostGraceSeconds);
        List<(Guid Id, int CommandIndex)> lost;
        var context = store.Read();
        await using (context)
        {
            lost = (await context.CommandHosts
                .Where(row => row.TaskId == taskId && row.Status == CommandHostStatus.Unreachable)
                .Select(row => new { row.Id, row.CommandIndex, row.UnreachableSince })
                .ToListAsync(cancellationToken))
                .Where(row => now >= (grace == TimeSpan.Zero ? row.UnreachableSince : presence.CountsFrom(row.UnreachableSince) + grace))
                .Select(row => (row.Id, row.CommandIndex))
                .ToList();
        }

        if (lost.Count > 0)
        {
            await ChangeAsync(
                taskId,
                lost,
                ledger =>
                {
                    foreach (var (id, _) in lost)
                    {
                        if (ledger.Find(id) is { Status: CommandHostStatus.Unreachable } row)
                        {
                            ledger.End(row, CommandHostStatus.Failed, Reason.AgentLost);
                        }
                    }
                },
                cancellationToken);
        }
    }

    /// <summary>Dispatched and silent: sent again (the agent's claim makes that harmless), or Unreachable when its host is away.</summary>
    private async Task SendAgainAsync(Guid taskId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = now - ResendAfter;
        DateTimeOffset? sentBefore = before;
        List<CommandHost> silent;
        HashSet<Guid> online;
        OpsTask? task;
        var context = store.Read();
        await using (context)
        {
            task = await context.Tasks.SingleOrDefaultAsync(candidate => candidate.Id == taskId, cancellationToken);
            silent = await context.CommandHosts
                .Where(row => row.TaskId == taskId && row.Status == CommandHostStatus.Dispatched && row.DispatchedAt < sentBefore)
                .ToListAsync(cancellationToken);
            online = silent.Count == 0
                ? []
                : (await context.Hosts.Where(host => host.Connected).Select(host => host.Id).ToListAsync(cancellationToken)).ToHashSet();
        }

        if (task is null || silent.Count == 0)
        {
            return;
        }

        var away = silent.Where(row => !online.Contains(row.HostId)).ToList();
        if (away.Count > 0)
        {
            await ChangeAsync(
                taskId,
                away.Select(row => (row.Id, row.CommandIndex)),
                ledger =>
                {
                    foreach (var row in away)
                    {
                        if (ledger.Find(row.Id) is { Status: CommandHostStatus.Dispatched } open)
                        {
                            ledger.Away(open, now);
                        }
                    }
                },
                cancellationToken);
        }

        var again = silent.Where(row => online.Contains(row.HostId) && row.CancelRequestedAt is null).ToList();
        foreach (var order in await orders.ComposeAsync(task, again, cancellationToken))
        {
            gateway.TryExecute(order);
        }
    }

    private async Task ChangeAsync(Guid taskId, IEnumerable<(Guid Id, int CommandIndex)> rows, Action<TaskLedger> change, CancellationToken cancellationToken) =>
        await store.WriteAsync(
            async (unit, token) =>
            {
                var set = await LedgerSet.OpenAsync(unit, [taskId], catalog, time.GetUtcNow(), token);
                if (set.Find(taskId) is { } ledger)
                {
                    await set.LoadAsync(rows.Select(row => (taskId, row.Id, row.CommandIndex)), token);
                    change(ledger);
                    await set.SettleAsync(token);
                    unit.AfterCommit(_ => signal.Wake());
                }
            },
            cancellationToken);

    private sealed record OpenTask(Guid Id, OpsTaskStatus Status, int Pending, int Dispatched, int Unreachable);

    private sealed record Undeliverable(Guid Id, int CommandIndex, bool Known, bool Draining, DateTimeOffset? DisconnectedAt);

    [LoggerMessage(LogLevel.Error, "A sweep failed; the next one tries again")]
    private static partial void LogSweepFailed(ILogger logger, Exception failure);
}
