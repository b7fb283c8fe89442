using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// What was dispatched, or is to be killed, and stays silent: sent again (the agent's claim makes a copy harmless), or
/// marked Unreachable when its host is away. Finds what a lost hint left. What could not be handed over when it was
/// committed, because its session was not open yet or its queue was full, is tried at every sweep.
/// </summary>
internal sealed class RedeliveryChore(
    Store store,
    LedgerWork work,
    OrderComposer orders,
    CancelDelivery cancels,
    UndeliveredOrders undelivered,
    HeldDispatches held,
    HostPresence presence,
    IAgentGateway gateway) : IDeadlineChore
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    private DateTimeOffset _round;

    public async Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var done = 0;
        if (undelivered.Take() is { Count: > 0 } waiting)
        {
            await DeliverAsync(waiting, cancellationToken);
            done += waiting.Count;
        }

        if (held.Take(now) is { Count: > 0 } released)
        {
            await ReleaseAsync(released, cancellationToken);
            done += released.Count;
        }

        if (now - _round >= After)
        {
            _round = now;
            if (open.Any(task => task.Dispatched + task.Running > 0))
            {
                done += await ResumeAsync(now, cancellationToken);
            }
        }

        return done;
    }

    private async Task<int> ResumeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? before = now - After;
        List<Silent> silent;
        var context = store.Read();
        await using (context)
        {
            silent = await context.Tasks
                .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status <= OpsTaskStatus.Paused && task.DispatchedCount + task.RunningCount > 0)
                .Join(
                    context.CommandHosts.Where(row => (row.Status == CommandHostStatus.Dispatched || row.Status == CommandHostStatus.Running) && row.DispatchedAt < before),
                    task => task.Id,
                    row => row.TaskId,
                    (task, row) => new { task, row })
                .GroupJoin(context.Hosts.Where(host => host.Connected), pair => pair.row.HostId, host => host.Id, (pair, hosts) => new { pair.task, pair.row, hosts })
                .SelectMany(pair => pair.hosts.DefaultIfEmpty(), (pair, host) => new { pair.task, pair.row, host })
                .Where(pair => pair.host == null || pair.row.Status == CommandHostStatus.Dispatched
                    || pair.row.CancelRequestedAt != null || pair.task.CancelRequestedAt != null || pair.task.TimedOutAt != null)
                .Select(pair => new Silent(pair.row.TaskId, pair.row.Id, pair.row.CommandIndex, pair.row.Status, pair.row.Attempt, pair.row.HostId, pair.host == null ? null : pair.host.SessionEpoch))
                .ToListAsync(cancellationToken);
        }

        await work.ChangeAsync(
            silent.Where(row => row.SessionEpoch is null),
            (ledger, row, _) =>
            {
                // A host whose agent said hello since the rows were read has this row, or was sent it again.
                if (presence.Find(row.HostId) is null)
                {
                    ledger.Away(row, now);
                }
            },
            cancellationToken);
        foreach (var rows in silent.Where(row => row.SessionEpoch is not null && presence.HeldFor(row.HostId) == TimeSpan.Zero).GroupBy(row => row.TaskId))
        {
            await SendAsync(rows.Key, rows.ToDictionary(row => row.Id, row => row.SessionEpoch!.Value), cancellationToken);
        }

        return silent.Count;
    }

    /// <summary>Hands over what was committed after its session's hello; what was committed before is the hello's to judge.</summary>
    private async Task DeliverAsync(IReadOnlyCollection<Guid> commandHostIds, CancellationToken cancellationToken)
    {
        List<Silent> rows;
        var context = store.Read();
        await using (context)
        {
            rows = await store.Dialect.CommandHosts(context, commandHostIds)
                .Where(row => row.Status == CommandHostStatus.Dispatched)
                .Join(context.Hosts.Where(host => host.Connected), row => row.HostId, host => host.Id, (row, host) => new { row, host })
                .Where(pair => pair.row.DispatchedAt >= pair.host.ConnectedAt)
                .Select(pair => new Silent(pair.row.TaskId, pair.row.Id, pair.row.CommandIndex, pair.row.Status, pair.row.Attempt, pair.row.HostId, pair.host.SessionEpoch))
                .ToListAsync(cancellationToken);
        }

        foreach (var task in rows.GroupBy(row => row.TaskId))
        {
            await SendAsync(task.Key, task.ToDictionary(row => row.Id, row => row.SessionEpoch!.Value), cancellationToken);
        }
    }

    /// <summary>Hands over what was held back, if the session that lacked it is still the one; what was given up meanwhile binds its host no longer.</summary>
    private async Task ReleaseAsync(IReadOnlyList<HeldDispatch> released, CancellationToken cancellationToken)
    {
        var epochs = released.DistinctBy(dispatch => dispatch.CommandHostId).ToDictionary(dispatch => dispatch.CommandHostId, dispatch => dispatch.SessionEpoch);
        List<Silent> rows;
        var context = store.Read();
        await using (context)
        {
            rows = await store.Dialect.CommandHosts(context, epochs.Keys)
                .Where(row => row.ActiveHostId != null && (row.Status == CommandHostStatus.Dispatched || row.Status >= CommandHostStatus.Succeeded))
                .Join(context.Hosts.Where(host => host.Connected), row => row.HostId, host => host.Id, (row, host) => new { row, host })
                .Where(pair => pair.row.DispatchedAt < pair.host.ConnectedAt)
                .Select(pair => new Silent(pair.row.TaskId, pair.row.Id, pair.row.CommandIndex, pair.row.Status, pair.row.Attempt, pair.row.HostId, pair.host.SessionEpoch))
                .ToListAsync(cancellationToken);
        }

        rows.RemoveAll(row => row.SessionEpoch != epochs[row.Id]);
        await work.ChangeAsync(
            rows,
            (ledger, row, _) =>
            {
                if (row.Status.IsTerminal())
                {
                    ledger.LetGo(row);
                }
                else if (CancelDelivery.Cause(ledger.Task, row) is null)
                {
                    ledger.SendAgain(row);
                }
            },
            cancellationToken);
        foreach (var task in rows.Where(row => row.Status == CommandHostStatus.Dispatched).GroupBy(row => row.TaskId))
        {
            await SendAsync(task.Key, task.ToDictionary(row => row.Id, row => row.SessionEpoch!.Value), cancellationToken);
        }
    }

    private async Task SendAsync(Guid taskId, Dictionary<Guid, long> epochs, CancellationToken cancellationToken)
    {
        OpsTask? task;
        List<CommandHost> rows;
        var context = store.Read();
        await using (context)
        {
            task = await context.Tasks.SingleOrDefaultAsync(candidate => candidate.Id == taskId, cancellationToken);
            rows = await store.Dialect.CommandHosts(context, epochs.Keys).Where(row => row.Status == CommandHostStatus.Dispatched || row.Status == CommandHostStatus.Running).ToListAsync(cancellationToken);
        }

        if (task is null)
        {
            return;
        }

        cancels.Send(rows.Where(row => CancelDelivery.Cause(task, row) is not null).Select(row => cancels.Order(row, CancelDelivery.Cause(task, row)!.Value)));
        var again = rows.Where(row => row.Status == CommandHostStatus.Dispatched && CancelDelivery.Cause(task, row) is null).Select(row => (row, epochs[row.Id])).ToList();
        foreach (var order in await orders.ComposeAsync(task, again, cancellationToken))
        {
            if (!gateway.TryExecute(order))
            {
                undelivered.Add(order.Key.CommandHostId);
            }
        }
    }

    private sealed record Silent(Guid TaskId, Guid Id, int CommandIndex, CommandHostStatus Status, int Attempt, Guid HostId, long? SessionEpoch) : DueRow(TaskId, Id, CommandIndex, Status, Attempt);
}
