using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Access;
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
        if (_access.Check(actor, Act.CancelTask) is { } forbidden)
        {
            return forbidden;
        }

        var toSend = new List<CancelOrder>();
        var answer = await ChangeAsync(
            taskId,
            async (ledger, set, token) =>
            {
                toSend.Clear();
                if (ledger.Task.Status.IsTerminal())
                {
                    return await CancelAliveAsync(ledger, set, hostIds, toSend, actor, token);
                }

                if (hostIds is not null && await CheckHostsAsync(set.Unit, ledger.Task, hostIds, token) is { } problem)
                {
                    return problem;
                }

                await set.LoadOpenAsync(taskId, token);
                await set.LoadAliveAsync(taskId, token);
                var chosen = hostIds?.ToHashSet();
                if (chosen is null)
                {
                    ledger.Task.CancelRequestedAt ??= _time.GetUtcNow();
                }

                // Rows are canceled from the last command to the first: a row that was not sent is then Canceled, and not Skipped because of the command before it.
                foreach (var row in ledger.Rows.Select(row => row.Row).Where(row => chosen is null || chosen.Contains(row.HostId)).OrderByDescending(row => row.Id).ToList())
                {
                    if (row.Status == CommandHostStatus.Pending)
                    {
                        var failed = row.WaitsForRetry;
                        ledger.End(row, CommandHostStatus.Canceled, Reason.CanceledByUser);
                        if (failed)
                        {
                            ledger.RequestCancel(row, actor.Name);
                        }
                    }
                    else if (row.Status.IsActive() || row.IsAliveAfterAll)
                    {
                        ledger.RequestCancel(row, actor.Name);
                        toSend.Add(_cancels.Order(row, CancelCause.User));
                    }
                }

                return null;
            },
            cancellationToken);
        if (answer.Problem is null)
        {
            _cancels.Send(toSend);
        }

        Tell(answer, actor, "canceled");
        return answer;
    }

    /// <summary>The task has ended, but something that was given up may still run.</summary>
    private async Task<Problem?> CancelAliveAsync(TaskLedger ledger, LedgerSet set, IReadOnlyCollection<Guid>? hostIds, List<CancelOrder> toSend, Actor actor, CancellationToken cancellationToken)
    {
        await set.LoadAliveAsync(ledger.Task.Id, cancellationToken);
        foreach (var row in ledger.Rows.Select(row => row.Row).Where(row => row.IsAliveAfterAll && (hostIds is null || hostIds.Contains(row.HostId))).ToList())
        {
            ledger.RequestCancel(row, actor.Name);
            toSend.Add(_cancels.Order(row, CancelCause.User));
        }

        var repeated = hostIds is null
            ? ledger.Task.CancelRequestedAt is not null
            : await set.Unit.Context.CommandHosts.AnyAsync(
                row => row.TaskId == ledger.Task.Id && hostIds.Contains(row.HostId) && (row.CancelRequestedAt != null || row.Status == CommandHostStatus.Canceled),
                cancellationToken);
        return toSend.Count > 0 || repeated
            ? null
            : new Problem.WrongState(TaskProblemCode.Ended, ("taskStatus", ledger.Task.Status));
    }

    private static async Task<Problem?> CheckHostsAsync(WriteUnit unit, OpsTask task, IReadOnlyCollection<Guid> hostIds, CancellationToken cancellationToken)
    {
        if (hostIds.Count == 0)
        {
            return new Problem.Invalid("hostIds", TaskProblemCode.HostsMissing);
        }

        if (task.Status == OpsTaskStatus.Pending)
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
        if (_access.Check(actor, Act.ResolveCommandHost) is { } forbidden)
        {
            return forbidden;
        }

        var errors = new InputErrors();
        if (status is not (CommandHostStatus.Failed or CommandHostStatus.Succeeded))
        {
            errors.Add("status", TaskProblemCode.ResolveStatus);
        }

        var said = message?.Trim() ?? "";
        if (said.Length is 0 or > MaxResolveMessage)
        {
            errors.Add("message", TaskProblemCode.ResolveMessage, ("longest", MaxResolveMessage));
        }

        if (errors.Problem is { } wrong)
        {
            return wrong;
        }

        var taskId = await _queries.TaskOfAsync(commandHostId, cancellationToken);
        if (taskId is null)
        {
            return new Problem.NotFound(TaskProblemCode.CommandHostNotFound, ("id", commandHostId));
        }

        var answer = await ChangeAsync(
            taskId.Value,
            async (ledger, set, token) =>
            {
                await set.LoadAsync(await set.PlaceAsync(commandHostId, token), token);
                if (ledger.Find(commandHostId) is not { } row)
                {
                    return new Problem.NotFound(TaskProblemCode.CommandHostNotFound, ("id", commandHostId));
                }

                if (row is not ({ Status: CommandHostStatus.Unreachable } or { Status: CommandHostStatus.Failed, Reason: Reason.AgentLost }))
                {
                    return row.Reason is { } reason
                        ? new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Reason"), ("status", row.Status), ("reason", reason))
                        : new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Status"), ("status", row.Status));
                }

                ledger.Resolve(row, status!.Value, actor.Name, said);
                return null;
            },
            cancellationToken);
        if (answer.Problem is { } problem)
        {
            return problem;
        }

        LogResolved(_logger, commandHostId, status!.Value, actor.Name);
        return await _queries.GetCommandHostAsync(commandHostId, actor, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "CommandHost {CommandHostId} was settled as {Status} by {Actor}")]
    private static partial void LogResolved(ILogger logger, Guid commandHostId, CommandHostStatus status, string actor);
}
