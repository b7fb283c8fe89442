using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Access;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

public sealed partial class TaskService
{
    /// <summary>Makes and starts a new task for the hosts with any command that did not succeed, on each from the first such command.</summary>
    public async Task<Answer<TaskView>> RetryAsync(Guid taskId, Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.RetryTask) is { } forbidden)
        {
            return forbidden;
        }

        var toSend = new List<CancelOrder>();
        var answer = await _store.WriteAsync(
            async (unit, token) =>
            {
                toSend.Clear();
                var set = await LedgerSet.OpenAsync(unit, [taskId], _catalog, _time.GetUtcNow(), token);
                if (set.Find(taskId) is not { } ledger)
                {
                    return NotFound(taskId);
                }

                var parent = ledger.Task;
                if (!parent.Status.IsTerminal())
                {
                    return new Problem.WrongState(TaskProblemCode.NotEnded, ("taskStatus", parent.Status));
                }

                var unsuccessful = await unit.Context.CommandHosts.AsNoTracking()
                    .Where(row => row.TaskId == taskId && row.Status != CommandHostStatus.Succeeded)
                    .OrderBy(row => row.Id)
                    .Select(row => new { row.HostId, row.HostName, row.CommandIndex })
                    .ToListAsync(token);
                if (unsuccessful.Count == 0)
                {
                    return new Problem.WrongState(TaskProblemCode.NothingToRetry);
                }

                var targets = unsuccessful.GroupBy(row => row.HostId)
                    .Select(rows => new Target(rows.Key, rows.First().HostName, rows.Min(row => row.CommandIndex)))
                    .ToList();
                targets = await StillThereAsync(unit, targets, token);
                if (targets.Count == 0)
                {
                    return new Problem.WrongState(TaskProblemCode.HostsGone);
                }

                // Executions that were given up may be alive: those that are known to be are killed now, the others when their agents come back.
                await set.LoadGivenUpAsync(taskId, token);
                foreach (var row in ledger.Rows.Select(row => row.Row).Where(row => row is { Status: CommandHostStatus.Failed, Reason: Reason.AgentLost or Reason.ServerDeadline }).ToList())
                {
                    ledger.RequestCancel(row, actor.Name);
                    if (row.IsAliveAfterAll)
                    {
                        toSend.Add(_cancels.Order(row, CancelCause.User));
                    }
                }

                await set.SettleAsync(token);
                var composed = _composer.Repeat(parent, await _catalog.GetAsync(taskId, token), targets, actor);
                await AddAsync(unit, composed, start: true, null, token);
                return new Answer<TaskView>(TaskMapping.View(composed.Task, composed.Commands, _time.GetUtcNow()));
            },
            cancellationToken);
        if (answer.Problem is null)
        {
            _cancels.Send(toSend);
        }

        Tell(answer, actor, "retried");
        return answer;
    }

    /// <summary>Leaves out hosts that were deleted or are not approved any more.</summary>
    private static async Task<List<Target>> StillThereAsync(WriteUnit unit, List<Target> targets, CancellationToken cancellationToken)
    {
        var there = new List<Target>(targets.Count);
        foreach (var part in targets.Chunk(1_000))
        {
            var ids = part.Select(target => target.HostId).ToList();
            var known = (await unit.Context.Hosts.AsNoTracking()
                .Where(host => ids.Contains(host.Id) && host.Admission == Admission.Approved)
                .Select(host => host.Id)
                .ToListAsync(cancellationToken)).ToHashSet();
            there.AddRange(part.Where(target => known.Contains(target.HostId)));
        }

        return there;
    }
}
