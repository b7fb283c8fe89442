using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;

namespace TaskConsole.Core.Dispatch;

/// <summary>Stores with each task what holds it, when that changes, in one transaction and at most once a second.</summary>
internal sealed class HoldKeeper(Store store, LeaderLease lease, TimeProvider time)
{
    private const int MostAtOnce = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Guid, Change> _changed = [];
    private DateTimeOffset _storedAt;

    /// <summary>Notes what holds a task now; null: nothing does.</summary>
    public void Note(WaitingTask task, CodedMessage? why)
    {
        if (why?.Code == task.HoldCode && (why is null || HoldText.WriteArguments(why) == task.HoldArguments))
        {
            _changed.Remove(task.Id);
        }
        else
        {
            _changed[task.Id] = new Change(why, IsNew: why?.Code != task.HoldCode);
        }
    }

    /// <summary>What was noted of a task holds no more: something of it was claimed.</summary>
    public void Forget(Guid taskId) => _changed.Remove(taskId);

    /// <summary>Forgets what was noted of tasks that wait no more.</summary>
    public void ForgetAllBut(IReadOnlyCollection<WaitingTask> waiting)
    {
        if (_changed.Count > 0)
        {
            var known = waiting.Select(task => task.Id).ToHashSet();
            foreach (var taskId in _changed.Keys.Where(taskId => !known.Contains(taskId)).ToList())
            {
                _changed.Remove(taskId);
            }
        }
    }

    /// <summary>Stores what was noted, <see cref="MostAtOnce"/> at a time.</summary>
    public async Task StoreAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_changed.Count == 0 || (now >= _storedAt && now - _storedAt < Interval))
        {
            return;
        }

        _storedAt = now;
        var changed = _changed.OrderBy(change => change.Key).Take(MostAtOnce).ToList();
        await store.WriteAsync(
            async (unit, token) =>
            {
                await lease.CheckAsync(unit, token);
                foreach (var (taskId, change) in changed)
                {
                    if (await StoreAsync(unit, taskId, change, now, token) > 0)
                    {
                        unit.AfterCommit(bus => bus.PublishHold(taskId));
                    }
                }
            },
            cancellationToken);
        changed.ForEach(change => _changed.Remove(change.Key));
    }

    private static Task<int> StoreAsync(WriteUnit unit, Guid taskId, Change change, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var task = unit.Context.Tasks.Where(task => task.Id == taskId && task.PendingCount > 0).Where(Gate.IsOpen);
        var (code, arguments) = change.Why is { } why ? (why.Code, HoldText.WriteArguments(why)) : (null, null);
        DateTimeOffset? since = change.Why is null ? null : now;

        // The time since when stays as long as the code stays, whatever its arguments are.
        return change.IsNew
            ? task.ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.HoldCode, code)
                    .SetProperty(row => row.HoldArguments, arguments)
                    .SetProperty(row => row.HoldSince, since),
                cancellationToken)
            : task.ExecuteUpdateAsync(set => set.SetProperty(row => row.HoldArguments, arguments), cancellationToken);
    }

    private sealed record Change(CodedMessage? Why, bool IsNew);
}
