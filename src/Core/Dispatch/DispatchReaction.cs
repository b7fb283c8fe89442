using TaskConsole.Core.Events;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Wakes the scheduler after the commit of a transaction that started a task, or freed a place of a host or of the fleet.</summary>
internal sealed class DispatchReaction(DispatchSignal signal) : IReaction
{
    public Task ReactAsync(TransitionBatch batch, CancellationToken cancellationToken)
    {
        var freed = batch.Transitions.OfType<CommandHostTransition>()
            .Where(move => move.Before.Status.IsActive() && !move.After.Status.IsActive())
            .Select(move => move.TaskId)
            .ToHashSet();
        var started = batch.Transitions.OfType<TaskTransition>().Where(move => move.To == OpsTaskStatus.Queued).Select(move => move.TaskId).ToHashSet();
        foreach (var touched in batch.Touched)
        {
            // What is found to be held by no agent any more frees its host without a move.
            var hasFreed = freed.Contains(touched.TaskId) || touched.CommandHosts.Any(row => row.ActiveHostId is null);
            if (hasFreed || started.Contains(touched.TaskId))
            {
                batch.Unit.AfterCommit(_ => signal.Wake(hasFreed ? DispatchCause.HostsFreed : DispatchCause.None, touched.TaskId));
            }
        }

        return Task.CompletedTask;
    }
}
