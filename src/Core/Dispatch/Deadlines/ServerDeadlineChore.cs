using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// What an agent that is here holds, and has said nothing about until long after its timeout. The supervisor enforces the
/// timeout; this is for the case that it cannot, so that no row stays open for ever. A late result corrects it, and the
/// agent is asked by a new hello what it holds, so that nothing waits behind it for ever either.
/// </summary>
internal sealed class ServerDeadlineChore(
    Store store,
    LedgerWork work,
    CommandCatalog catalog,
    HostPresence presence,
    IAgentGateway gateway,
    IOptions<DispatchOptions> options) : IDeadlineChore
{
    /// <summary>Beyond timeout and kill grace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Beyond all that, for an agent that comes and goes too often to be given time each time.</summary>
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(10);

    public async Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // What agents told while the store was away may still be on its way to the store.
        if (now < presence.HearsSince + Patience)
        {
            return 0;
        }

        var timeouts = new Dictionary<Guid, IReadOnlyList<TimeSpan>>();
        foreach (var task in open.Where(task => task.Dispatched + task.Running > 0 && now > task.StartedAt + Patience))
        {
            var commands = await catalog.GetAsync(task.Id, cancellationToken);
            if (now >= task.StartedAt + commands.Min(command => Limit(command)))
            {
                timeouts.Add(task.Id, [.. commands.Select(Limit)]);
            }
        }

        if (timeouts.Count == 0)
        {
            return 0;
        }

        var silent = await SilentAsync(now, timeouts.Values.Min(limits => limits.Min()), cancellationToken);
        var givenUp = new HashSet<Guid>();
        var changed = await work.ChangeAsync(
            silent.Where(IsDue),
            (ledger, row, _) =>
            {
                ledger.GiveUp(row, Reason.ServerDeadline);
                givenUp.Add(row.HostId);
            },
            cancellationToken);
        foreach (var host in givenUp)
        {
            gateway.Reconcile(host);
        }

        return changed;

        // An agent that has just come back is given time to say what it knows.
        bool IsDue(Silent row) => timeouts.TryGetValue(row.TaskId, out var limits)
            && now >= row.Since + limits[row.CommandIndex]
            && (row.HereSince < now - Patience || now >= row.Since + limits[row.CommandIndex] + LongestPatience);
    }

    private TimeSpan Limit(Command command) => TimeSpan.FromSeconds(command.TimeoutSeconds + options.Value.KillGraceSeconds) + Patience;

    private async Task<List<Silent>> SilentAsync(DateTimeOffset now, TimeSpan shortest, CancellationToken cancellationToken)
    {
        DateTimeOffset? sentBefore = now - shortest;
        var context = store.Read();
        await using (context)
        {
            return await context.Tasks
                .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status <= OpsTaskStatus.Paused && task.DispatchedCount + task.RunningCount > 0)
                .Join(
                    context.CommandHosts.Where(row => (row.Status == CommandHostStatus.Dispatched || row.Status == CommandHostStatus.Running) && row.DispatchedAt <= sentBefore),
                    task => task.Id,
                    row => row.TaskId,
                    (_, row) => row)
                .Join(context.Hosts.Where(host => host.Connected), row => row.HostId, host => host.Id, (row, host) => new { row, host })
                .Select(pair => new Silent(pair.row.TaskId, pair.row.Id, pair.row.CommandIndex, pair.row.Status, pair.row.Attempt, pair.row.StartedAt ?? pair.row.DispatchedAt!.Value, pair.host.ConnectedAt))
                .ToListAsync(cancellationToken);
        }
    }

    private sealed record Silent(Guid TaskId, Guid Id, int CommandIndex, CommandHostStatus Status, int Attempt, DateTimeOffset Since, DateTimeOffset? HereSince) : DueRow(TaskId, Id, CommandIndex, Status, Attempt);
}
