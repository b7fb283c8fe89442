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

    public bool Concerns(OpenTask task, DateTimeOffset now) => task.Dispatched + task.Running > 0 && now > task.StartedAt + Patience;

    public async Task DoAsync(OpenTask task, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var commands = await catalog.GetAsync(task.Id, cancellationToken);
        var shortest = TimeSpan.FromSeconds(commands.Min(command => command.TimeoutSeconds)) + Patience;
        if (now < task.StartedAt + shortest)
        {
            return;
        }

        DateTimeOffset? sentBefore = now - shortest;
        DateTimeOffset? hereSince = now - Patience;
        List<Silent> old;
        var context = store.Read();
        await using (context)
        {
            // An agent that has just come back is given time to say what it knows.
            old = await context.CommandHosts
                .Where(row => row.TaskId == task.Id
                    && (row.Status == CommandHostStatus.Dispatched || row.Status == CommandHostStatus.Running)
                    && row.DispatchedAt < sentBefore)
                .Join(context.Hosts.Where(host => host.Connected && host.ConnectedAt < hereSince), row => row.HostId, host => host.Id, (row, _) => row)
                .Select(row => new Silent(row.Id, row.CommandIndex, row.Status, row.StartedAt ?? row.DispatchedAt!.Value))
                .ToListAsync(cancellationToken);
        }

        var grace = TimeSpan.FromSeconds(options.Value.KillGraceSeconds) + Patience;
        foreach (var silent in old.Where(row => now >= row.Since + TimeSpan.FromSeconds(commands[row.CommandIndex].TimeoutSeconds) + grace).GroupBy(row => row.Status))
        {
            await work.ChangeAsync(
                task.Id,
                [.. silent.Select(row => (row.Id, row.CommandIndex))],
                silent.Key,
                (ledger, row) => ledger.GiveUp(row, Reason.ServerDeadline),
                cancellationToken);
        }
    }

    private sealed record Silent(Guid Id, int CommandIndex, CommandHostStatus Status, DateTimeOffset Since);
}
