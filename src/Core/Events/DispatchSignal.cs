using System.Threading.Channels;

namespace TaskConsole.Core.Events;

/// <summary>What may have made something of other tasks ready.</summary>
[Flags]
internal enum DispatchCause
{
    None = 0,

    /// <summary>Agents came, or hosts take work again.</summary>
    HostsCame = 1,

    /// <summary>Executions ended.</summary>
    HostsFreed = 2,

    Any = HostsCame | HostsFreed,
}

/// <summary>What woke the scheduler since it last asked.</summary>
/// <param name="Causes">What may have made something ready.</param>
/// <param name="Tasks">Tasks that are not what they were; null: more than are worth naming.</param>
internal readonly record struct DispatchWakes(DispatchCause Causes, IReadOnlySet<Guid>? Tasks);

/// <summary>Wakes the scheduler: something may be ready. A hint; the sweep finds what a lost one left.</summary>
internal sealed class DispatchSignal
{
    private const int MaxNamed = 1_000;

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Lock _gate = new();
    private HashSet<Guid> _tasks = [];
    private DispatchCause _causes;

    /// <param name="cause">What may have made something of any task ready.</param>
    /// <param name="taskId">A task that is not what it was; null: none.</param>
    public void Wake(DispatchCause cause, Guid? taskId = null)
    {
        lock (_gate)
        {
            _causes |= cause;
            if (taskId is { } changed && _tasks.Count <= MaxNamed)
            {
                _tasks.Add(changed);
            }
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes out everything since the last call.</summary>
    public DispatchWakes Take()
    {
        lock (_gate)
        {
            var wakes = new DispatchWakes(_causes, _tasks.Count > MaxNamed ? null : _tasks);
            (_causes, _tasks) = (DispatchCause.None, []);
            return wakes;
        }
    }

    /// <summary>Waits for a wake or until <paramref name="atMost"/> has passed.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _signal.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody woke the scheduler: it looks all the same.
        }
    }
}
