using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>What has been unreachable for longer than the grace: nobody knows, unless the agent comes back and says so.</summary>
internal sealed class LostChore(Store store, LedgerWork work, HostPresence presence, IOptions<DispatchOptions> options) : IDeadlineChore
{
    public bool Concerns(OpenTask task, DateTimeOffset now) =>
        task.Unreachable > 0 && (options.Value.AgentLostGraceSeconds == 0 || presence.MayJudge(now));

    public async Task DoAsync(OpenTask task, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromSeconds(options.Value.AgentLostGraceSeconds);
        List<(Guid Id, int CommandIndex)> lost;
        var context = store.Read();
        await using (context)
        {
            var away = await context.CommandHosts
                .Where(row => row.TaskId == task.Id && row.Status == CommandHostStatus.Unreachable)
                .Select(row => new { row.Id, row.CommandIndex, row.UnreachableSince })
                .ToListAsync(cancellationToken);
            lost = [.. away
                .Where(row => now >= (grace == TimeSpan.Zero ? row.UnreachableSince : presence.CountsFrom(row.UnreachableSince) + grace))
                .Select(row => (row.Id, row.CommandIndex))];
        }

        if (lost.Count > 0)
        {
            await work.ChangeAsync(task.Id, lost, CommandHostStatus.Unreachable, (ledger, row) => ledger.GiveUp(row, Reason.AgentLost), cancellationToken);
        }
    }
}
