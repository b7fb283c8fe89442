using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace TaskConsole.Core.Events;

/// <summary>
/// What the store committed, told to whoever watches. Events are hints (invariant 5): a watcher reads the
/// truth from the store, and one that misses an event loses time, nothing else.
/// </summary>
public sealed class EventBus
{
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Watch<TaskChange>>> _tasks = new();
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Watch<OutputChange>>> _outputs = new();
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Watch<TaskListChange>>> _lists = new();
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Watch<FleetChange>>> _fleet = new();

    /// <summary>Watches one task. Dispose the watch to stop.</summary>
    public Watch<TaskChange> WatchTask(Guid taskId) => Add(_tasks, taskId, TaskChange.Fold);

    /// <summary>Watches the output of one CommandHost.</summary>
    public Watch<OutputChange> WatchOutput(Guid commandHostId) => Add(_outputs, commandHostId, OutputChange.Fold);

    /// <summary>Watches the list of tasks.</summary>
    public Watch<TaskListChange> WatchTaskList() => Add(_lists, Guid.Empty, TaskListChange.Fold);

    /// <summary>Watches the fleet.</summary>
    public Watch<FleetChange> WatchFleet() => Add(_fleet, Guid.Empty, FleetChange.Fold);

    internal void Publish(TaskChange change)
    {
        Offer(_tasks, change.TaskId, change);
        Offer(_lists, Guid.Empty, new TaskListChange([change.TaskId], Everything: false));
    }

    /// <summary>What holds a task changed, which lists do not show.</summary>
    internal void PublishHold(Guid taskId) => Offer(_tasks, taskId, new TaskChange(taskId, [], Everything: false));

    internal void Publish(OutputChange change) => Offer(_outputs, change.CommandHostId, change);

    internal void Publish(FleetChange change) => Offer(_fleet, Guid.Empty, change);

    private static void Offer<T>(ConcurrentDictionary<Guid, ImmutableArray<Watch<T>>> watches, Guid key, T change)
        where T : class
    {
        if (watches.TryGetValue(key, out var listeners))
        {
            foreach (var watch in listeners)
            {
                watch.Offer(change);
            }
        }
    }

    private static Watch<T> Add<T>(ConcurrentDictionary<Guid, ImmutableArray<Watch<T>>> watches, Guid key, Func<T, T, T> fold)
        where T : class
    {
        var watch = new Watch<T>(fold, closed => Remove(watches, key, closed));
        watches.AddOrUpdate(key, _ => [watch], (_, others) => others.Add(watch));
        return watch;
    }

    private static void Remove<T>(ConcurrentDictionary<Guid, ImmutableArray<Watch<T>>> watches, Guid key, Watch<T> watch)
        where T : class
    {
        while (watches.TryGetValue(key, out var listeners))
        {
            var rest = listeners.Remove(watch);
            if (rest.IsEmpty
                ? watches.TryRemove(new KeyValuePair<Guid, ImmutableArray<Watch<T>>>(key, listeners))
                : watches.TryUpdate(key, rest, listeners))
            {
                return;
            }
        }
    }
}
