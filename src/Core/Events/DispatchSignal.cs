using System.Threading.Channels;

namespace TaskConsole.Core.Events;

/// <summary>What may have made something ready.</summary>
[Flags]
internal enum DispatchCause
{
    None = 0,

    /// <summary>A task was started, or is otherwise not what it was.</summary>
    TasksChanged = 1,

    /// <summary>Agents came, or hosts take work again.</summary>
    HostsCame = 2,

    /// <summary>Executions ended.</summary>
    HostsFreed = 4,

    Any = TasksChanged | HostsCame | HostsFreed,
}

/// <summary>Wakes the scheduler: something may be ready. A hint; the sweep finds what a lost one left.</summary>
internal sealed class DispatchSignal
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private int _causes;

    public void Wake(DispatchCause cause)
    {
        Interlocked.Or(ref _causes, (int)cause);
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes out all causes since the last call.</summary>
    public DispatchCause Take() => (DispatchCause)Interlocked.Exchange(ref _causes, 0);

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
            // Nobody called: the sweep looks all the same.
        }
    }
}
