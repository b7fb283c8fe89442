using System.Diagnostics.CodeAnalysis;

namespace TaskConsole.Agent.Supervision;

/// <summary>What happened, from any thread, taken by one. Late posts are harmless.</summary>
internal sealed class EventQueue
{
    private readonly Queue<Action> _happened = new();

    public void Post(Action happened)
    {
        lock (_happened)
        {
            _happened.Enqueue(happened);
            Monitor.Pulse(_happened);
        }
    }

    /// <summary>Waits at most this long; may come back earlier with nothing.</summary>
    public bool TryTake([NotNullWhen(true)] out Action? happened, TimeSpan most)
    {
        lock (_happened)
        {
            if (_happened.Count == 0)
                Monitor.Wait(_happened, most);
            return _happened.TryDequeue(out happened);
        }
    }
}
