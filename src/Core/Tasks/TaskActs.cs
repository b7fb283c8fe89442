using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks;

/// <summary>What an actor may do to a task or a CommandHost now: by role, by the state of the subject, and by scope.</summary>
public sealed class TaskActs
{
    private readonly IAccessPolicy _policy;
    private readonly Store _store;

    internal TaskActs(IAccessPolicy policy, Store store)
    {
        _policy = policy;
        _store = store;
    }

    /// <summary>Start, cancel and retry of a task. Cancel is about what has not ended: what was given up and may still run is offered with its row.</summary>
    public async ValueTask<ActChoices> OfTaskAsync(TaskSummary task, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        var subject = new ActSubject(SubjectKind.Task, task.Id, task.Name, token => HostsOfAsync(task.Id, token));
        var choices = new ActChoices();
        await AddAsync(Act.StartTask, TaskRules.ObstacleToStart(task.Status));
        await AddAsync(Act.CancelTask, TaskRules.ObstacleToCancel(task.Status, !task.Status.IsTerminal()) ?? TaskRules.ObstacleToNewCancel(task.CancelRequestedAt));
        await AddAsync(Act.RetryTask, TaskRules.ObstacleToRetry(task.Status, task.Progress.Succeeded < task.Progress.Total));
        return choices;

        async ValueTask AddAsync(Act act, Problem? wrongState) => choices.Add(act, await FindObstacleAsync(act, wrongState, subject, actor, cancellationToken));
    }

    /// <summary>Cancel on the host, end of what was left in the background, and settling of a CommandHost.</summary>
    /// <param name="taskStatus">Of its task.</param>
    /// <param name="row">The CommandHost.</param>
    /// <param name="actor">Who would act.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ActChoices> OfCommandHostAsync(OpsTaskStatus taskStatus, CommandHostView row, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        var subject = new ActSubject(SubjectKind.CommandHost, row.Id, row.HostName, _ => Task.FromResult<IReadOnlyCollection<Guid>>([row.HostId]));
        var choices = new ActChoices();
        await AddAsync(Act.CancelTask, TaskRules.ObstacleToCancelOnHost(taskStatus, row) ?? TaskRules.ObstacleToNewCancel(row.CancelRequestedAt));
        await AddAsync(Act.EndBackground, TaskRules.ObstacleToEndBackground(row.LeftInBackground));
        await AddAsync(Act.ResolveCommandHost, TaskRules.ObstacleToResolve(row.Status, row.Reason));
        return choices;

        async ValueTask AddAsync(Act act, Problem? wrongState) => choices.Add(act, await FindObstacleAsync(act, wrongState, subject, actor, cancellationToken));
    }

    private async ValueTask<CodedMessage?> FindObstacleAsync(Act act, Problem? wrongState, ActSubject subject, Actor actor, CancellationToken cancellationToken) =>
        (_policy.Check(actor, act) ?? wrongState ?? await _policy.CheckAsync(actor, act, subject, cancellationToken))?.Message;

    private async Task<IReadOnlyCollection<Guid>> HostsOfAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var context = _store.Read();
        await using (context)
        {
            return await context.CommandHosts.Where(row => row.TaskId == taskId).Select(row => row.HostId).Distinct().ToListAsync(cancellationToken);
        }
    }
}
