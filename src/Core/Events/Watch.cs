using System.Threading.Channels;

namespace TaskConsole.Core.Events;

/// <summary>
/// One reader's view of something that changes: what happened since the last read, folded into one value.
/// A flood of changes costs its reader one value for each read, and memory stays flat.
/// </summary>
public sealed class Watch<T> : IDisposable
    where T : class
{
    private readonly Func<T, T, T> _fold;
    private readonly Action<Watch<T>> _closed;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Lock _gate = new();
    private T? _pending;

    internal Watch(Func<T, T, T> fold, Action<Watch<T>> closed)
    {
        _fold = fold;
        _closed = closed;
    }

    /// <summary>Waits for a change and takes all that has gathered. Throws <see cref="OperationCanceledException"/> when canceled or disposed.</summary>
    public async ValueTask<T> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ChannelClosedException closed)
            {
                throw new OperationCanceledException("The watch was closed.", closed, cancellationToken);
            }

            lock (_gate)
            {
                if (_pending is { } change)
                {
                    _pending = null;
                    return change;
                }
            }
        }
    }

    internal void Offer(T change)
    {
        lock (_gate)
        {
            _pending = _pending is null ? change : _fold(_pending, change);
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _signal.Writer.TryComplete();
        _closed(this);
    }
}
