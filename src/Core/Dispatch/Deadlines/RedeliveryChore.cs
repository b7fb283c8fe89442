using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// What was dispatched, or is to be killed, and stays silent: sent again (the agent's claim makes a copy harmless), or
/// marked Unreachable when its host is away. Finds what a lost hint left.
/// </summary>
internal sealed class RedeliveryChore(Store store, LedgerWork work, OrderComposer orders, CancelDelivery cancels, IAgentGateway gateway) : IDeadlineChore
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    private DateTimeOffset _round;

    /// <summary>One sweep in so many: all its tasks come with the same time.</summary>
    public bool Concerns(OpenTask task, DateTimeOffset now)
    {
        if (now - _round >= After)
        {
            _round = now;
        }

        return now == _round && task.Dispatched + task.Running > 0;
    }

    public async Task DoAsync(OpenTask task, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? before = now - After;
        List<CommandHost> silent;
        Dictionary<Guid, long> online;
        OpsTask? row;
        var context = store.Read();
        await using (context)
        {
            row = await context.Tasks.SingleOrDefaultAsync(candidate => candidate.Id == task.Id, cancellationToken);
            silent = await context.CommandHosts
                .Where(candidate => candidate.TaskId == task.Id
                    && (candidate.Status == CommandHostStatus.Dispatched || candidate.Status == CommandHostStatus.Running)
                    && candidate.DispatchedAt < before)
                .ToListAsync(cancellationToken);
            online = silent.Count == 0
                ? []
                : await context.Hosts.Where(host => host.Connected).ToDictionaryAsync(host => host.Id, host => host.SessionEpoch, cancellationToken);
        }

        if (row is null)
        {
            return;
        }

        foreach (var away in silent.Where(candidate => !online.ContainsKey(candidate.HostId)).GroupBy(candidate => candidate.Status))
        {
            await work.ChangeAsync(
                task.Id,
                [.. away.Select(candidate => (candidate.Id, candidate.CommandIndex))],
                away.Key,
                (ledger, open) => ledger.Away(open, now),
                cancellationToken);
        }

        var here = silent.Where(candidate => online.ContainsKey(candidate.HostId)).ToList();
        cancels.Send(here.Where(candidate => CancelDelivery.Cause(row, candidate) is not null).Select(candidate => cancels.Order(candidate, CancelDelivery.Cause(row, candidate)!.Value)));
        var again = here.Where(candidate => candidate.Status == CommandHostStatus.Dispatched && CancelDelivery.Cause(row, candidate) is null)
            .Select(candidate => (candidate, online[candidate.HostId]))
            .ToList();
        foreach (var order in await orders.ComposeAsync(row, again, cancellationToken))
        {
            gateway.TryExecute(order);
        }
    }
}
