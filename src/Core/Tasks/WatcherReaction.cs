using TaskConsole.Core.Events;

namespace TaskConsole.Core.Tasks;

/// <summary>Tells who watches a task that there is something new to show, once it is committed.</summary>
internal sealed class WatcherReaction : IReaction
{
    public Task ReactAsync(TransitionBatch batch, CancellationToken cancellationToken)
    {
        foreach (var touched in batch.Touched)
        {
            var change = touched.IsNew || touched.CommandHosts.Count > TaskChange.MaxNamed
                ? new TaskChange(touched.TaskId, [], Everything: true)
                : new TaskChange(touched.TaskId, [.. touched.CommandHosts.Select(row => row.Id)], Everything: false);
            batch.Unit.AfterCommit(bus => bus.Publish(change));
        }

        return Task.CompletedTask;
    }
}
