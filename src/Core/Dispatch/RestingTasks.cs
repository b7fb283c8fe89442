using TaskConsole.Core.Events;
using TaskConsole.Core.Queue;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Tasks of which the last look found nothing to claim: the scheduler passes over them until something came that they wait
/// for, or <see cref="Longest"/> has passed. So tasks that wait for absent hosts cost the others nothing.
/// </summary>
internal sealed class RestingTasks(TimeProvider time)
{
    /// <summary>What a lost hint left is found after so long.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Guid, Pause> _resting = [];

    public bool Rests(Guid taskId) => _resting.TryGetValue(taskId, out var rest) && time.GetUtcNow() < rest.Until;

    /// <summary>Rests a task until what holds it may have ended.</summary>
    /// <param name="taskId">Which task.</param>
    /// <param name="turns">Its rows whose turn it is.</param>
    /// <param name="why">What holds it; null: nothing of it is ready.</param>
    public void Rest(Guid taskId, HostTurns turns, CodedMessage? why)
    {
        var until = time.GetUtcNow() + Longest;
        until = turns.NextRetryAt < until ? turns.NextRetryAt.Value : until;
        _resting[taskId] = new Pause(until, why?.Code == HoldCode.HostsAway && turns.Busy == 0 ? DispatchCause.HostsCame : DispatchCause.Any);
    }

    /// <summary>Ends the rest of those that changed, and of those that wait for one of the causes.</summary>
    public void Wake(DispatchWakes wakes)
    {
        foreach (var (taskId, pause) in _resting.ToList())
        {
            if ((pause.WakesAt & wakes.Causes) != DispatchCause.None || wakes.Tasks?.Contains(taskId) != false)
            {
                _resting.Remove(taskId);
            }
        }
    }

    /// <summary>Forgets tasks that wait no more.</summary>
    public void ForgetAllBut(IReadOnlyCollection<WaitingTask> waiting)
    {
        if (_resting.Count > waiting.Count)
        {
            var known = waiting.Select(task => task.Id).ToHashSet();
            foreach (var taskId in _resting.Keys.Where(taskId => !known.Contains(taskId)).ToList())
            {
                _resting.Remove(taskId);
            }
        }
    }

    private readonly record struct Pause(DateTimeOffset Until, DispatchCause WakesAt);
}
