using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Access;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Events;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Everything that changes a task on a person's word. Each act asks the <see cref="AccessPolicy"/> first, and is one transaction.</summary>
public sealed partial class TaskService
{
    private readonly Store _store;
    private readonly TaskComposer _composer;
    private readonly CommandCatalog _catalog;
    private readonly DispatchSignal _dispatch;
    private readonly CancelDelivery _cancels;
    private readonly TaskQueries _queries;
    private readonly AccessPolicy _access;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskService> _logger;

    internal TaskService(
        Store store,
        TaskComposer composer,
        CommandCatalog catalog,
        DispatchSignal dispatch,
        CancelDelivery cancels,
        TaskQueries queries,
        AccessPolicy access,
        TimeProvider time,
        ILogger<TaskService> logger)
    {
        _store = store;
        _composer = composer;
        _catalog = catalog;
        _dispatch = dispatch;
        _cancels = cancels;
        _queries = queries;
        _access = access;
        _time = time;
        _logger = logger;
    }

    /// <summary>
    /// Composes a task: checks it, resolves its targets, and commits task, commands and CommandHosts together.
    /// With an idempotency key the same body answers the same task for 24 h; another body is <see cref="Problem.WrongState"/>.
    /// </summary>
    public async Task<Answer<TaskView>> CreateAsync(TaskSpec spec, Actor actor, IdempotencyClaim? idempotency, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (_access.Check(actor, Act.CreateTask) is { } forbidden)
        {
            return forbidden;
        }

        var errors = TaskSpecValidator.Validate(spec);
        if (errors.Count > 0)
        {
            return new Problem.Invalid(errors);
        }

        var answer = await _store.WriteAsync(
            async (unit, token) =>
            {
                if (idempotency is not null && await RememberedAsync(unit, idempotency, token) is { } remembered)
                {
                    return remembered;
                }

                var targets = await TargetResolver.ResolveAsync(unit.Context, spec.Targets!, token);
                if (!targets.TryGet(out var hosts, out var problem))
                {
                    return problem;
                }

                var composed = _composer.Compose(spec, hosts, actor);
                await AddAsync(unit, composed, spec.Start == true, idempotency, token);
                return new Answer<TaskView>(TaskMapping.View(composed.Task, composed.Commands, _time.GetUtcNow()));
            },
            cancellationToken);
        Tell(answer, actor, "created");
        return answer;
    }

    /// <summary>Starts a Pending task; any other state is <see cref="Problem.WrongState"/>.</summary>
    public async Task<Answer<TaskView>> StartAsync(Guid taskId, Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.StartTask) is { } forbidden)
        {
            return forbidden;
        }

        var answer = await ChangeAsync(
            taskId,
            (ledger, _, _) =>
            {
                if (ledger.Task.Status != OpsTaskStatus.Pending)
                {
                    return Task.FromResult<Problem?>(new Problem.WrongState(TaskProblemCode.NotPending, ("taskStatus", ledger.Task.Status)));
                }

                ledger.MoveTask(OpsTaskStatus.Queued);
                ledger.Task.StartedAt = _time.GetUtcNow();
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken);
        Tell(answer, actor, "started");
        return answer;
    }

    private async Task AddAsync(WriteUnit unit, ComposedTask composed, bool start, IdempotencyClaim? idempotency, CancellationToken cancellationToken)
    {
        if (start)
        {
            composed.Task.Status = OpsTaskStatus.Queued;
            composed.Task.StartedAt = _time.GetUtcNow();
        }

        unit.Context.Add(composed.Task);
        unit.Context.AddRange(composed.Commands);
        Remember(unit, idempotency, composed.Task.Id);
        await unit.Context.SaveChangesAsync(cancellationToken);
        await unit.Dialect.InsertCommandHostsAsync(unit.Context, composed.CommandHosts, cancellationToken);
        unit.AfterCommit(bus => bus.Publish(new TaskChange(composed.Task.Id, [], Everything: true)));
        if (start)
        {
            unit.AfterCommit(_ => _dispatch.Wake(DispatchCause.None, composed.Task.Id));
        }
    }

    private void Remember(WriteUnit unit, IdempotencyClaim? claim, Guid taskId)
    {
        if (claim is not null)
        {
            unit.Context.Add(new IdempotencyKey { Scope = claim.Scope, Key = claim.Key, BodyHash = claim.BodyHash, TaskId = taskId, CreatedAt = _time.GetUtcNow() });
        }
    }

    private async Task ForgetAsync(IdempotencyClaim? claim, CancellationToken cancellationToken)
    {
        if (claim is not null)
        {
            await _store.WriteAsync(
                (unit, token) => unit.Context.IdempotencyKeys.Where(row => row.Scope == claim.Scope && row.Key == claim.Key).ExecuteDeleteAsync(token),
                cancellationToken);
        }
    }

    private async Task<Answer<TaskView>?> RememberedAsync(WriteUnit unit, IdempotencyClaim claim, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var horizon = now - IdempotencyKey.Lifetime;
        await unit.Context.IdempotencyKeys.Where(row => row.CreatedAt < horizon).ExecuteDeleteAsync(cancellationToken);
        var remembered = await unit.Context.IdempotencyKeys.AsNoTracking()
            .SingleOrDefaultAsync(row => row.Scope == claim.Scope && row.Key == claim.Key, cancellationToken);
        if (remembered is null)
        {
            return null;
        }

        if (!remembered.BodyHash.AsSpan().SequenceEqual(claim.BodyHash))
        {
            return new Problem.WrongState(RequestProblemCode.IdempotencyKeyReused, ("key", claim.Key));
        }

        var task = await unit.Context.Tasks.AsNoTracking().SingleOrDefaultAsync(row => row.Id == remembered.TaskId, cancellationToken);
        return task is null ? NotFound(remembered.TaskId) : TaskMapping.View(task, await _catalog.GetAsync(task.Id, cancellationToken), now);
    }

    private async Task<Answer<TaskView>> ChangeAsync(
        Guid taskId,
        Func<TaskLedger, LedgerSet, CancellationToken, Task<Problem?>> change,
        CancellationToken cancellationToken) =>
        await _store.WriteAsync(
            async (unit, token) =>
            {
                var set = await LedgerSet.OpenAsync(unit, [taskId], _catalog, _time.GetUtcNow(), token);
                if (set.Find(taskId) is not { } ledger)
                {
                    return NotFound(taskId);
                }

                if (await change(ledger, set, token) is { } problem)
                {
                    return problem;
                }

                await set.SettleAsync(token);
                unit.AfterCommit(_ => _dispatch.Wake(DispatchCause.Any, taskId));
                return new Answer<TaskView>(TaskMapping.View(ledger.Task, await _catalog.GetAsync(taskId, token), _time.GetUtcNow()));
            },
            cancellationToken);

    private static Answer<TaskView> NotFound(Guid taskId) => new Problem.NotFound(TaskProblemCode.NotFound, ("id", taskId));

    private void Tell(Answer<TaskView> answer, Actor actor, string act)
    {
        if (answer.TryGet(out var task, out _))
        {
            LogAct(_logger, task.Id, act, actor.Name, task.Progress.Total);
        }
    }

    [LoggerMessage(LogLevel.Information, "Task {TaskId} {Act} by {Actor} ({CommandHosts} CommandHosts)")]
    private static partial void LogAct(ILogger logger, Guid taskId, string act, string actor, int commandHosts);
}

/// <summary>An <c>Idempotency-Key</c> with the body that it came with.</summary>
/// <param name="Key">1 to 200 characters.</param>
/// <param name="Scope">Whose key it is: one token's keys mean nothing to another.</param>
/// <param name="BodyHash">SHA-256 of the request's body.</param>
public sealed record IdempotencyClaim(string Key, string Scope, byte[] BodyHash);
