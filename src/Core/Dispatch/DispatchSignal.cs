using System.Threading.Channels;

namespace TaskConsole.Core.Dispatch;

/// <summary>Wakes the scheduler: something may be ready. A hint; the sweep finds what a lost one left.</summary>
internal sealed class DispatchSignal
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Wake() => _signal.Writer.TryWrite(true);

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
