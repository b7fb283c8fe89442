using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks;

public sealed partial class TaskService
{
    /// <summary>Longest message of a resolve, in characters.</summary>
    public const int MaxResolveMessage = 500;

    /// <summary>Cancels a task, or with <paramref name="hostIds"/> only these hosts of it. A repeat is no error; an ended task is <see cref="Problem.WrongState"/>, unless an agent came back with something of it alive: that is killed.</summary>
    public async Task<Answer<TaskView>> CancelAsync(Guid taskId, IReadOnlyCollection<Guid>? hostIds, Actor actor, CancellationToken cancellationToken)
    {
        var toSend = new List<CancelOrder>();
        var answer = await ChangeAsync(
            Act.CancelTask,
            taskId,
            actor,
            async (ledger, set, act, token) =>
            {
                toSend.Clear();
                if (ledger.Task.Status.IsTerminal())
                {
                    return await CancelAliveAsync(ledger, set, hostIds, toSend, act, token);
                }

                if (hostIds is not null && await CheckHostsAsync(set.Unit, ledger.Task, hostIds, token) is { } problem)
                {
                    return problem;
                }

                await set.LoadOpenAsync(taskId, token);
                await set.LoadAliveAsync(taskId, token);
                var chosen = hostIds?.ToHashSet();
                var wasRequested = ledger.Task.CancelRequestedAt is not null;
                if (chosen is null)
                {
                    act.Note("cancelRequestedAt", ledger.Task.CancelRequestedAt, ledger.Task.CancelRequestedAt ?? act.Now);
                    ledger.Task.CancelRequestedAt ??= act.Now;
                }

                // Rows are canceled from the last command to the first: a row that was not sent is then Canceled, and not Skipped because of the command before it.
                var rows = ledger.Rows.Select(row => row.Row).Where(row => chosen is null || chosen.Contains(row.HostId)).OrderByDescending(row => row.Id).ToList();
                act.Note("hosts", null, AuditChanges.Hosts(rows.DistinctBy(row => row.HostId).Select(row => (row.HostId, row.HostName))));
                foreach (var row in rows)
                {
                    if (row.Status == CommandHostStatus.Pending)
                    {
                        var failed = row.WaitsForRetry;
                        ledger.End(row, CommandHostStatus.Canceled, Reason.CanceledByUser);
                        if (failed)
                        {
                            ledger.RequestCancel(row);
                        }
                    }
                    else if (row.Status.IsActive() || row.IsAliveAfterAll)
                    {
                        ledger.RequestCancel(row);
                        toSend.Add(_cancels.Order(row, CancelCause.User));
                    }
                }

                if (!ledger.Rows.Any(row => row.Changed) && (chosen is not null || wasRequested))
                {
                    act.Repeat();
                }

                return null;
            },
            cancellationToken,
            hostIds);
        if (answer.Problem is null)
        {
            _cancels.Send(toSend);
        }

        LogDone(answer, actor, Act.CancelTask);
        return answer;
    }

    /// <summary>The task has ended, but something that was given up may still run.</summary>
    private async Task<Problem?> CancelAliveAsync(TaskLedger ledger, LedgerSet set, IReadOnlyCollection<Guid>? hostIds, List<CancelOrder> toSend, ActInProgress act, CancellationToken cancellationToken)
    {
        await set.LoadAliveAsync(ledger.Task.Id, cancellationToken);
        var alive = ledger.Rows.Select(row => row.Row).Where(row => row.IsAliveAfterAll && (hostIds is null || hostIds.Contains(row.HostId))).ToList();
        act.Note("hosts", null, AuditChanges.Hosts(alive.DistinctBy(row => row.HostId).Select(row => (row.HostId, row.HostName))));
        foreach (var row in alive)
        {
            ledger.RequestCancel(row);
            toSend.Add(_cancels.Order(row, CancelCause.User));
        }

        var repeated = hostIds is null
            ? ledger.Task.CancelRequestedAt is not null
            : await set.Unit.Context.CommandHosts.AnyAsync(
                row => row.TaskId == ledger.Task.Id && hostIds.Contains(row.HostId) && (row.CancelRequestedAt != null || row.Status == CommandHostStatus.Canceled),
                cancellationToken);
        if (alive.Count == 0)
        {
            act.Repeat();
        }

        return TaskRules.ObstacleToCancel(ledger.Task.Status, alive.Count > 0 || repeated);
    }

    private static async Task<Problem?> CheckHostsAsync(WriteUnit unit, OpsTask task, IReadOnlyCollection<Guid> hostIds, CancellationToken cancellationToken)
    {
        if (hostIds.Count == 0)
        {
            return new Problem.Invalid("hostIds", TaskProblemCode.HostsMissing);
        }

        if (task.Status < OpsTaskStatus.Queued)
        {
            return new Problem.WrongState(TaskProblemCode.NotStarted);
        }

        var hosts = await unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.TaskId == task.Id)
            .Select(row => row.HostId)
            .Distinct()
            .ToListAsync(cancellationToken);
        var strangers = hostIds.Except(hosts).ToList();
        return strangers.Count == 0 ? null : new Problem.Invalid("hostIds", TaskProblemCode.HostNotInTask, ("id", strangers[0]));
    }

    /// <summary>
    /// A person settles a CommandHost that nobody will ever know the end of: one that is Unreachable, or was given up as
    /// AgentLost. It stands; what its agent says later is recorded beside it.
    /// </summary>
    /// <param name="commandHostId">Which.</param>
    /// <param name="status">Failed or Succeeded.</param>
    /// <param name="message">What the person knows, 1 to <see cref="MaxResolveMessage"/> characters.</param>
    /// <param name="actor">Who settles it.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    public async Task<Answer<CommandHostDetail>> ResolveAsync(Guid commandHostId, CommandHostStatus? status, string? message, Actor actor, CancellationToken cancellationToken)
    {
        var text = message?.Trim() ?? "";
        var answer = await ChangeAsync(
            Act.ResolveCommandHost,
            commandHostId,
            actor,
            (row, ledger, _, act, _) =>
            {
                var problem = TaskRules.ObstacleToResolve(row.Status, row.Reason);
                if (problem is null)
                {
                    act.Note("status", row.Status, status);
                    act.Note("reason", row.Reason, Reason.ResolvedByUser);
                    act.Note("message", null, text);
                    ledger.Resolve(row, status!.Value, text);
                }

                return Task.FromResult(problem);
            },
            cancellationToken,
            CheckShape);
        if (answer.Problem is { } wrong)
        {
            return wrong;
        }

        LogResolved(_logger, commandHostId, status!.Value, actor.Name);
        return await _queries.GetCommandHostAsync(commandHostId, actor, cancellationToken);

        Problem? CheckShape()
        {
            var errors = new InputErrors();
            if (status is not (CommandHostStatus.Failed or CommandHostStatus.Succeeded))
            {
                errors.Add("status", TaskProblemCode.ResolveStatus);
            }

            if (text.Length is 0 or > MaxResolveMessage)
            {
                errors.Add("message", TaskProblemCode.ResolveMessage, ("longest", MaxResolveMessage));
            }

            return errors.Problem;
        }
    }

    [LoggerMessage(2, LogLevel.Information, "CommandHost {CommandHostId} was settled as {Status} by {Actor}")]
    private static partial void LogResolved(ILogger logger, Guid commandHostId, CommandHostStatus status, string actor);
}
