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
    private readonly AccessPolicy _access;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskService> _logger;

    internal TaskService(
        Store store,
        TaskComposer composer,
        CommandCatalog catalog,
        DispatchSignal dispatch,
        CancelDelivery cancels,
        AccessPolicy access,
        TimeProvider time,
        ILogger<TaskService> logger)
    {
        _store = store;
        _composer = composer;
        _catalog = catalog;
        _dispatch = dispatch;
        _cancels = cancels;
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
                    return Task.FromResult<Problem?>(new Problem.WrongState($"Only a Pending task can be started; this one is {ledger.Task.Status}."));
                }

                ledger.MoveTask(OpsTaskStatus.Queued);
                ledger.Task.StartedAt = _time.GetUtcNow();
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken);
        Tell(answer, actor, "started");
        return answer;
    }

    /// <summary>Cancels a task, or with <paramref name="hostIds"/> only these hosts of it. A repeat is no error; an ended task is <see cref="Problem.WrongState"/>.</summary>
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
                    return ledger.Task.CancelRequestedAt is not null && hostIds is null
                        ? null
                        : new Problem.WrongState($"The task has ended: it is {ledger.Task.Status}.");
                }

                if (hostIds is not null && await CheckHostsAsync(set.Unit, ledger.Task, hostIds, token) is { } problem)
                {
                    return problem;
                }

                await set.LoadOpenAsync(taskId, token);
                var chosen = hostIds?.ToHashSet();
                if (chosen is null)
                {
                    ledger.Task.CancelRequestedAt ??= _time.GetUtcNow();
                }

                // From the last command to the first: what was not sent is then Canceled, not Skipped because of the one before.
                foreach (var row in ledger.Rows.Select(row => row.Row).Where(row => chosen is null || chosen.Contains(row.HostId)).OrderByDescending(row => row.Id).ToList())
                {
                    if (row.Status == CommandHostStatus.Pending)
                    {
                        ledger.End(row, CommandHostStatus.Canceled, Reason.CanceledByUser);
                    }
                    else if (row.Status.IsActive())
                    {
                        ledger.RequestCancel(row);
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

    private static async Task<Problem?> CheckHostsAsync(WriteUnit unit, OpsTask task, IReadOnlyCollection<Guid> hostIds, CancellationToken cancellationToken)
    {
        if (hostIds.Count == 0)
        {
            return new Problem.Invalid("hostIds", "Name at least one host, or leave hostIds out to cancel the whole task.");
        }

        if (task.Status == OpsTaskStatus.Pending)
        {
            return new Problem.WrongState("The task has not been started: it can be canceled as a whole only.");
        }

        var hosts = await unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.TaskId == task.Id)
            .Select(row => row.HostId)
            .Distinct()
            .ToListAsync(cancellationToken);
        var strangers = hostIds.Except(hosts).ToList();
        return strangers.Count == 0 ? null : new Problem.Invalid("hostIds", $"The task does not run on host {strangers[0]}.");
    }

    /// <summary>Makes and starts a new task for the hosts with any command that did not succeed, on each from the first such command.</summary>
    public async Task<Answer<TaskView>> RetryAsync(Guid taskId, Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.RetryTask) is { } forbidden)
        {
            return forbidden;
        }

        var answer = await _store.WriteAsync(
            async (unit, token) =>
            {
                var parent = await unit.Context.Tasks.AsNoTracking().SingleOrDefaultAsync(task => task.Id == taskId, token);
                if (parent is null)
                {
                    return NotFound(taskId);
                }

                if (!parent.Status.IsTerminal())
                {
                    return new Problem.WrongState($"Only an ended task can be retried; this one is {parent.Status}.");
                }

                var unsuccessful = await unit.Context.CommandHosts.AsNoTracking()
                    .Where(row => row.TaskId == taskId && row.Status != CommandHostStatus.Succeeded)
                    .OrderBy(row => row.Id)
                    .Select(row => new { row.HostId, row.HostName, row.CommandIndex })
                    .ToListAsync(token);
                if (unsuccessful.Count == 0)
                {
                    return new Problem.WrongState("Every host succeeded: there is nothing to retry.");
                }

                var targets = unsuccessful.GroupBy(row => row.HostId)
                    .Select(rows => new Target(rows.Key, rows.First().HostName, rows.Min(row => row.CommandIndex)))
                    .ToList();
                if (await GoneAsync(unit, targets, token) is { } gone)
                {
                    return new Problem.WrongState(gone);
                }

                var composed = _composer.Repeat(parent, await _catalog.GetAsync(taskId, token), targets, actor);
                await AddAsync(unit, composed, start: true, null, token);
                return new Answer<TaskView>(TaskMapping.View(composed.Task, composed.Commands, _time.GetUtcNow()));
            },
            cancellationToken);
        Tell(answer, actor, "retried");
        return answer;
    }

    private static async Task<string?> GoneAsync(WriteUnit unit, IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        foreach (var part in targets.Chunk(1_000))
        {
            var ids = part.Select(target => target.HostId).ToList();
            var known = await unit.Context.Hosts.AsNoTracking()
                .Where(host => ids.Contains(host.Id) && host.Admission == Admission.Approved)
                .Select(host => host.Id)
                .ToListAsync(cancellationToken);
            if (part.FirstOrDefault(target => !known.Contains(target.HostId)) is { } gone)
            {
                return $"Host '{gone.HostName}' was deleted or is not approved any more: compose a new task instead.";
            }
        }

        return null;
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
        if (idempotency is not null)
        {
            unit.Context.Add(new IdempotencyKey
            {
                Scope = idempotency.Scope,
                Key = idempotency.Key,
                BodyHash = idempotency.BodyHash,
                TaskId = composed.Task.Id,
                CreatedAt = composed.Task.CreatedAt,
            });
        }

        await unit.Context.SaveChangesAsync(cancellationToken);
        await unit.Dialect.InsertCommandHostsAsync(unit.Context, composed.CommandHosts, cancellationToken);
        unit.AfterCommit(bus => bus.Publish(new TaskChange(composed.Task.Id, [], Everything: true)));
        if (start)
        {
            unit.AfterCommit(_ => _dispatch.Wake());
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
            return new Problem.WrongState($"The Idempotency-Key '{claim.Key}' was used with another body.");
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
                unit.AfterCommit(_ => _dispatch.Wake());
                return new Answer<TaskView>(TaskMapping.View(ledger.Task, await _catalog.GetAsync(taskId, token), _time.GetUtcNow()));
            },
            cancellationToken);

    private static Answer<TaskView> NotFound(Guid taskId) => new Problem.NotFound($"There is no task {taskId}.");

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
