using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Everything that changes a task on a person's word. Each is an <see cref="Act"/>, and one transaction.</summary>
public sealed partial class TaskService
{
    private readonly ActDoor _acts;
    private readonly Store _store;
    private readonly TaskLedgers _ledgers;
    private readonly TaskComposer _composer;
    private readonly CommandCatalog _catalog;
    private readonly CancelDelivery _cancels;
    private readonly TaskQueries _queries;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskService> _logger;

    internal TaskService(
        ActDoor acts,
        Store store,
        TaskLedgers ledgers,
        TaskComposer composer,
        CommandCatalog catalog,
        CancelDelivery cancels,
        TaskQueries queries,
        TimeProvider time,
        ILogger<TaskService> logger)
    {
        _acts = acts;
        _store = store;
        _ledgers = ledgers;
        _composer = composer;
        _catalog = catalog;
        _cancels = cancels;
        _queries = queries;
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
        ArgumentNullException.ThrowIfNull(actor);
        var answer = await _acts.RunAsync(
            Act.CreateTask,
            actor,
            () => TaskSpecValidator.Validate(spec) is { Count: > 0 } errors ? new Problem.Invalid(errors) : null,
            async (act, token) =>
            {
                if (idempotency is not null && await RememberedAsync(act.Unit, idempotency, token) is { } remembered)
                {
                    act.Repeat();
                    return remembered;
                }

                var targets = await TargetResolver.ResolveAsync(act.Unit.Context, spec.Targets!, token);
                if (!targets.TryGet(out var hosts, out var problem))
                {
                    return problem;
                }

                var composed = _composer.Compose(spec, hosts, actor);
                if (await act.EnterAsync(TaskSubject.Of(composed), token) is { } outside)
                {
                    return outside;
                }

                var set = await _ledgers.OpenAsync(act.Unit, [], actor, act.Now, token);
                var ledger = set.Create(composed);
                if (spec.Start == true)
                {
                    ledger.StartTask();
                }

                Remember(act.Unit, idempotency, composed.Task.Id);
                await set.SettleAsync(token);
                TaskSubject.NoteComposed(act, composed);
                return new Answer<TaskView>(TaskMapping.View(composed.Task, composed.Commands, act.Now));
            },
            cancellationToken);
        LogDone(answer, actor, Act.CreateTask);
        return answer;
    }

    /// <summary>Starts a Pending task; any other state is <see cref="Problem.WrongState"/>.</summary>
    public async Task<Answer<TaskView>> StartAsync(Guid taskId, Actor actor, CancellationToken cancellationToken)
    {
        var answer = await ChangeAsync(
            Act.StartTask,
            taskId,
            actor,
            (ledger, _, _, _) =>
            {
                var problem = TaskRules.ObstacleToStart(ledger.Task.Status);
                if (problem is null)
                {
                    ledger.StartTask();
                }

                return Task.FromResult(problem);
            },
            cancellationToken);
        LogDone(answer, actor, Act.StartTask);
        return answer;
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

    /// <summary>An act on one task, or with <paramref name="hostIds"/> on some hosts of it, which it locks and settles.</summary>
    private Task<Answer<TaskView>> ChangeAsync(
        Act act,
        Guid taskId,
        Actor actor,
        Func<TaskLedger, LedgerSet, ActInProgress, CancellationToken, Task<Problem?>> change,
        CancellationToken cancellationToken,
        IReadOnlyCollection<Guid>? hostIds = null) =>
        _acts.RunAsync(
            act,
            actor,
            checkShape: null,
            async (doing, token) =>
            {
                var set = await _ledgers.OpenAsync(doing.Unit, [taskId], actor, doing.Now, token);
                if (set.Find(taskId) is not { } ledger)
                {
                    return NotFound(taskId);
                }

                if (await doing.EnterAsync(hostIds is null ? TaskSubject.Of(ledger.Task, doing.Unit) : TaskSubject.Of(ledger.Task, hostIds), token) is { } outside)
                {
                    return outside;
                }

                var before = ledger.Task.Status;
                if (await change(ledger, set, doing, token) is { } problem)
                {
                    return problem;
                }

                await set.SettleAsync(token);
                doing.Note("status", before, ledger.Task.Status);
                return new Answer<TaskView>(TaskMapping.View(ledger.Task, await _catalog.GetAsync(taskId, token), doing.Now));
            },
            cancellationToken);

    /// <summary>An act on one CommandHost, whose whole host is taken; answers its id.</summary>
    private Task<Answer<Guid>> ChangeAsync(
        Act act,
        Guid commandHostId,
        Actor actor,
        Func<CommandHost, TaskLedger, LedgerSet, ActInProgress, CancellationToken, Task<Problem?>> change,
        CancellationToken cancellationToken,
        Func<Problem?>? checkShape = null) =>
        _acts.RunAsync(
            act,
            actor,
            checkShape,
            async (doing, token) =>
            {
                var set = await _ledgers.OpenAsync(doing.Unit, await TaskOfAsync(doing.Unit, commandHostId, token), actor, doing.Now, token);
                await set.LoadAsync(await set.PlaceAsync(commandHostId, token), token);
                if (set.Ledgers.SingleOrDefault() is not { } ledger || ledger.Find(commandHostId) is not { } row)
                {
                    return new Problem.NotFound(TaskProblemCode.CommandHostNotFound, ("id", commandHostId));
                }

                if (await doing.EnterAsync(TaskSubject.Of(row), token) is { } outside)
                {
                    return outside;
                }

                if (await change(row, ledger, set, doing, token) is { } problem)
                {
                    return problem;
                }

                await set.SettleAsync(token);
                return new Answer<Guid>(commandHostId);
            },
            cancellationToken);

    private static async Task<List<Guid>> TaskOfAsync(WriteUnit unit, Guid commandHostId, CancellationToken cancellationToken) =>
        await unit.Context.CommandHosts.AsNoTracking().Where(row => row.Id == commandHostId).Select(row => row.TaskId).ToListAsync(cancellationToken);

    private static Answer<TaskView> NotFound(Guid taskId) => new Problem.NotFound(TaskProblemCode.NotFound, ("id", taskId));

    private void LogDone(Answer<TaskView> answer, Actor actor, Act act)
    {
        if (answer.TryGet(out var task, out _))
        {
            LogDone(_logger, act.Code, task.Id, actor.Name, task.Progress.Total);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Act}: task {TaskId} by {Actor} ({CommandHosts} CommandHosts)")]
    private static partial void LogDone(ILogger logger, string act, Guid taskId, string actor, int commandHosts);
}

/// <summary>An <c>Idempotency-Key</c> with the body that it came with.</summary>
/// <param name="Key">1 to 200 characters.</param>
/// <param name="Scope">Whose key it is: one token's keys mean nothing to another.</param>
/// <param name="BodyHash">SHA-256 of the request's body.</param>
public sealed record IdempotencyClaim(string Key, string Scope, byte[] BodyHash);
