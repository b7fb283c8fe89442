using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
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
        ArgumentNullException.ThrowIfNull(actor);
        var toSend = new List<CancelOrder>();
        var answer = await _acts.RunAsync(
            Act.RetryTask,
            actor,
            checkShape: null,
            async (act, token) =>
            {
                toSend.Clear();
                var (unit, set) = (act.Unit, await _ledgers.OpenAsync(act.Unit, [taskId], actor, act.Now, token));
                if (set.Find(taskId) is not { } ledger)
                {
                    return NotFound(taskId);
                }

                var parent = ledger.Task;
                if (await act.EnterAsync(TaskSubject.Of(parent, unit), token) is { } outside)
                {
                    return outside;
                }

                if (TaskRules.ObstacleToRetry(parent.Status, parent.SucceededCount < parent.Total) is { } problem)
                {
                    return problem;
                }

                var unsuccessful = await unit.Context.CommandHosts.AsNoTracking()
                    .Where(row => row.TaskId == taskId && row.Status != CommandHostStatus.Succeeded)
                    .OrderBy(row => row.Id)
                    .Select(row => new { row.HostId, row.HostName, row.CommandIndex })
                    .ToListAsync(token);
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
                    ledger.RequestCancel(row);
                    if (row.IsAliveAfterAll)
                    {
                        toSend.Add(_cancels.Order(row, CancelCause.User));
                    }
                }

                var composed = _composer.Repeat(parent, ledger.Commands, targets, actor);
                set.Create(composed).StartTask();
                await set.SettleAsync(token);
                act.Note("retry", null, composed.Task.Id);
                act.Note("hosts", null, AuditChanges.Hosts(targets.Select(target => (target.HostId, target.HostName))));
                return new Answer<TaskView>(TaskMapping.View(composed.Task, composed.Commands, act.Now));
            },
            cancellationToken);
        if (answer.Problem is null)
        {
            _cancels.Send(toSend);
        }

        LogDone(answer, actor, Act.RetryTask);
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
