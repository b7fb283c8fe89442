using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>
/// The tasks that one transaction changes, locked in order of id: whoever holds a task's row holds its CommandHosts,
/// so the order of locks is fixed and no deadlock is possible among them.
/// </summary>
internal sealed class LedgerSet
{
    private readonly WriteUnit _unit;
    private readonly Actor _actor;
    private readonly DateTimeOffset _now;
    private readonly IReadOnlyList<IReaction> _reactions;
    private readonly Dictionary<Guid, TaskLedger> _ledgers = [];
    private readonly List<ComposedTask> _created = [];
    private bool _settled;

    internal LedgerSet(WriteUnit unit, Actor actor, DateTimeOffset now, IReadOnlyList<IReaction> reactions)
    {
        _unit = unit;
        _actor = actor;
        _now = now;
        _reactions = reactions;
    }

    public WriteUnit Unit => _unit;

    public IReadOnlyCollection<TaskLedger> Ledgers => _ledgers.Values;

    /// <summary>Takes a task that this transaction has locked.</summary>
    public void Add(OpsTask task, IReadOnlyList<Command> commands) => _ledgers.Add(task.Id, new TaskLedger(task, commands, _actor, _now));

    /// <summary>Takes a task that was just composed; <see cref="SettleAsync"/> stores it.</summary>
    public TaskLedger Create(ComposedTask composed)
    {
        var ledger = new TaskLedger(composed.Task, composed.Commands, _actor, _now);
        ledger.NoteCreated();
        _ledgers.Add(composed.Task.Id, ledger);
        _created.Add(composed);
        return ledger;
    }

    public TaskLedger? Find(Guid taskId) => _ledgers.GetValueOrDefault(taskId);

    /// <summary>Takes CommandHosts by (task, id, index) with all their siblings.</summary>
    public Task LoadAsync(IEnumerable<(Guid TaskId, Guid Id, int CommandIndex)> rows, CancellationToken cancellationToken) => TakeAsync(
        Missing(rows, (ledger, id, index) => ledger.HasWholeHost(id, index), (ledger, id, index) => ledger.Siblings(id, index)),
        whole: true,
        cancellationToken);

    /// <summary>
    /// Takes CommandHosts of which no end is noted but success, with as many of their siblings as that needs: of a long list
    /// of commands mostly those before and after. To do anything else with them, load them whole.
    /// </summary>
    public async Task LoadPartAsync(IReadOnlyCollection<(Guid TaskId, Guid Id, int CommandIndex)> rows, CancellationToken cancellationToken)
    {
        // Neighbours are not read for the first and the last command: before the first none has begun, and the last may end its host, so whole hosts are read.
        await TakeAsync(
            Missing(
                rows.Where(row => row.CommandIndex > 0 && Find(row.TaskId) is { } ledger && row.CommandIndex < ledger.Task.CommandCount - 1),
                (ledger, id, index) => ledger.Suffices(id, index),
                (ledger, id, index) => ledger.Neighbours(id, index)),
            whole: false,
            cancellationToken);
        await TakeAsync(
            Missing(rows, (ledger, id, index) => ledger.Suffices(id, index), (ledger, id, index) => ledger.Siblings(id, index)),
            whole: true,
            cancellationToken);
    }

    private IEnumerable<Guid> Missing(
        IEnumerable<(Guid TaskId, Guid Id, int CommandIndex)> rows,
        Func<TaskLedger, Guid, int, bool> isHere,
        Func<TaskLedger, Guid, int, IEnumerable<Guid>> wanted)
    {
        foreach (var (taskId, id, index) in rows)
        {
            if (Find(taskId) is { } ledger && !isHere(ledger, id, index))
            {
                foreach (var each in wanted(ledger, id, index))
                {
                    yield return each;
                }
            }
        }
    }

    private async Task TakeAsync(IEnumerable<Guid> ids, bool whole, CancellationToken cancellationToken)
    {
        var distinct = ids.ToHashSet();
        if (distinct.Count == 0)
        {
            return;
        }

        var taken = await _unit.Dialect.CommandHosts(_unit.Context, distinct).ToListAsync(cancellationToken);
        foreach (var group in taken.GroupBy(row => row.TaskId))
        {
            Find(group.Key)?.Take(group, whole);
        }

        await RecallAsync([.. taken.Where(row => row.WaitsForRetry).Select(row => row.Id)], cancellationToken);
    }

    /// <summary>Takes what those failed with that wait for their retry.</summary>
    private async Task RecallAsync(IReadOnlyCollection<Guid> waiting, CancellationToken cancellationToken)
    {
        if (waiting.Count == 0)
        {
            return;
        }

        var results = await _unit.Dialect.Results(_unit.Context, waiting)
            .Select(result => new
            {
                result.TaskId,
                result.CommandHostId,
                result.Attempt,
                result.Status,
                result.Reason,
                result.DispatchedAt,
                End = new CommandHostEnd(result.FinishedAt, result.StartedAt, result.ExitCode, result.OutputHash, result.DurationMs),
            })
            .ToListAsync(cancellationToken);
        foreach (var result in results)
        {
            Find(result.TaskId)?.Recall(result.CommandHostId, result.Attempt, new FailedAttempt(result.Status, result.Reason, result.DispatchedAt, result.End));
        }
    }

    /// <summary>Where a CommandHost stands; empty when there is none.</summary>
    public async Task<IReadOnlyList<(Guid TaskId, Guid Id, int CommandIndex)>> PlaceAsync(Guid commandHostId, CancellationToken cancellationToken)
    {
        var places = await _unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.Id == commandHostId)
            .Select(row => new { row.TaskId, row.Id, row.CommandIndex })
            .ToListAsync(cancellationToken);
        return places.ConvertAll(place => (place.TaskId, place.Id, place.CommandIndex));
    }

    /// <summary>Takes every CommandHost of a task that has not ended, with its siblings.</summary>
    public async Task LoadOpenAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var open = await _unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.TaskId == taskId && row.Status < CommandHostStatus.Succeeded)
            .Select(row => new { row.Id, row.CommandIndex })
            .ToListAsync(cancellationToken);
        await LoadAsync(open.Select(row => (taskId, row.Id, row.CommandIndex)), cancellationToken);
    }

    /// <summary>Takes every CommandHost of a task that an agent may hold although it was given up, with its siblings.</summary>
    public async Task LoadAliveAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var alive = await _unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.TaskId == taskId && row.ActiveHostId != null)
            .Select(row => new { row.Id, row.CommandIndex })
            .ToListAsync(cancellationToken);
        await LoadAsync(alive.Select(row => (taskId, row.Id, row.CommandIndex)), cancellationToken);
    }

    /// <summary>Takes every CommandHost of a task that the server gave up without its agent's word, with its siblings.</summary>
    public async Task LoadGivenUpAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var lost = await _unit.Context.CommandHosts.AsNoTracking()
            .Where(row => row.TaskId == taskId && row.Status == CommandHostStatus.Failed && (row.Reason == Reason.AgentLost || row.Reason == Reason.ServerDeadline))
            .Select(row => new { row.Id, row.CommandIndex })
            .ToListAsync(cancellationToken);
        await LoadAsync(lost.Select(row => (taskId, row.Id, row.CommandIndex)), cancellationToken);
    }

    /// <summary>Reaches verdicts, writes rows and counters, and lets the reactions know. Called once.</summary>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (_settled)
        {
            throw new InvalidOperationException("What is settled was told to the reactions already.");
        }

        _settled = true;
        foreach (var ledger in _ledgers.Values.Where(ledger => ledger.StopRequested))
        {
            await LoadOpenAsync(ledger.Task.Id, cancellationToken);
            ledger.SkipPending(Reason.RolloutStopped);
        }

        var touched = new List<TouchedTask>();
        foreach (var ledger in _ledgers.Values)
        {
            ledger.Settle();
            var isNew = _created.Exists(composed => composed.Task == ledger.Task);
            var rows = ledger.Rows.Where(row => row.Changed).Select(row => row.Row).ToList();
            if (isNew || rows.Count > 0 || _unit.Context.Entry(ledger.Task).State != EntityState.Unchanged)
            {
                touched.Add(new TouchedTask(ledger.Task.Id, rows, isNew));
            }
        }

        await StoreAsync(cancellationToken);
        var batch = new TransitionBatch(_unit, [.. _ledgers.Values.SelectMany(ledger => ledger.Transitions())], touched);
        foreach (var reaction in _reactions)
        {
            await reaction.ReactAsync(batch, cancellationToken);
        }
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        var changes = _ledgers.Values.SelectMany(ledger => ledger.Changes).ToList();
        changes.Sort((left, right) => left.Row.Id.CompareTo(right.Row.Id));
        var written = changes.Count == 0 ? 0 : await _unit.Dialect.UpdateCommandHostsAsync(_unit.Context, changes, cancellationToken);
        if (written != changes.Count)
        {
            throw new InvalidOperationException($"{changes.Count - written} CommandHosts were changed by somebody who does not hold their task.");
        }

        foreach (var composed in _created)
        {
            _unit.Context.Add(composed.Task);
            _unit.Context.AddRange(composed.Commands);
        }

        await _unit.Dialect.InsertEventsAsync(_unit.Context, [.. _ledgers.Values.SelectMany(ledger => ledger.Events)], cancellationToken);
        await _unit.Context.SaveChangesAsync(cancellationToken);
        foreach (var composed in _created)
        {
            await _unit.Dialect.InsertCommandHostsAsync(_unit.Context, composed.CommandHosts, cancellationToken);
        }
    }
}
