using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// What an agent that is here holds, and has said nothing about until long after its timeout. The supervisor enforces the
/// timeout; this is for the case that it cannot, so that no row stays open for ever. A late result corrects it.
/// </summary>
internal sealed class ServerDeadlineChore(Store store, LedgerWork work, CommandCatalog catalog, IOptions<DispatchOptions> options) : IDeadlineChore
{
    /// <summary>Beyond timeout and kill grace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
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
            return;
        }

        var silent = await SilentAsync(now, timeouts.Values.Min(limits => limits.Min()), cancellationToken);
        await work.ChangeAsync(
            silent.Where(row => timeouts.TryGetValue(row.TaskId, out var limits) && now >= row.Since + limits[row.CommandIndex]),
            (ledger, row, _) => ledger.GiveUp(row, Reason.ServerDeadline),
            cancellationToken);
    }

    private TimeSpan Limit(Command command) => TimeSpan.FromSeconds(command.TimeoutSeconds + options.Value.KillGraceSeconds) + Patience;

    private async Task<List<Silent>> SilentAsync(DateTimeOffset now, TimeSpan shortest, CancellationToken cancellationToken)
    {
        DateTimeOffset? sentBefore = now - shortest;
        DateTimeOffset? hereSince = now - Patience;
        var context = store.Read();
        await using (context)
        {
            // An agent that has just come back is given time to say what it knows.
            return await context.Tasks
                .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status <= OpsTaskStatus.Paused && task.DispatchedCount + task.RunningCount > 0)
                .Join(
                    context.CommandHosts.Where(row => (row.Status == CommandHostStatus.Dispatched || row.Status == CommandHostStatus.Running) && row.DispatchedAt <= sentBefore),
                    task => task.Id,
                    row => row.TaskId,
                    (_, row) => row)
                .Join(context.Hosts.Where(host => host.Connected && host.ConnectedAt < hereSince), row => row.HostId, host => host.Id, (row, _) => row)
                .Select(row => new Silent(row.TaskId, row.Id, row.CommandIndex, row.Status, row.Attempt, row.StartedAt ?? row.DispatchedAt!.Value))
                .ToListAsync(cancellationToken);
        }
    }

    private sealed record Silent(Guid TaskId, Guid Id, int CommandIndex, CommandHostStatus Status, int Attempt, DateTimeOffset Since) : DueRow(TaskId, Id, CommandIndex, Status, Attempt);
}
