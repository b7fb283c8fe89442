using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>What has been unreachable for longer than the grace: nobody knows, unless the agent comes back and says so.</summary>
internal sealed class LostChore(Store store, LedgerWork work, HostPresence presence, IOptions<DispatchOptions> options) : IDeadlineChore
{
    public async Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromSeconds(options.Value.AgentLostGraceSeconds);
        if (open.All(task => task.Unreachable == 0)
            || (grace > TimeSpan.Zero && (!presence.MayJudge(now) || now < presence.CountsFrom(null) + grace)))
        {
            return 0;
        }

        DateTimeOffset? before = now - grace;
        List<Lost> lost;
        var context = store.Read();
        await using (context)
        {
            lost = await context.Tasks
                .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status <= OpsTaskStatus.Paused && task.UnreachableCount > 0)
                .Join(
                    context.CommandHosts.Where(row => row.Status == CommandHostStatus.Unreachable && row.UnreachableSince <= before),
                    task => task.Id,
                    row => row.TaskId,
                    (_, row) => new Lost(row.TaskId, row.Id, row.CommandIndex, row.Status, row.Attempt, row.UnreachableSince))
                .ToListAsync(cancellationToken);
        }

        return await work.ChangeAsync(
            lost,
            (ledger, row, found) =>
            {
                // A row whose agent came back and went away again has a later time, and is not given up yet.
                if (row.UnreachableSince == found.Since)
                {
                    ledger.GiveUp(row, Reason.AgentLost);
                }
            },
            cancellationToken);
    }

    private sealed record Lost(Guid TaskId, Guid Id, int CommandIndex, CommandHostStatus Status, int Attempt, DateTimeOffset? Since) : DueRow(TaskId, Id, CommandIndex, Status, Attempt);
}
