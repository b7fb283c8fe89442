using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace TaskConsole.Core.Results;

/// <summary>
/// Events that wait for the pipeline, within a budget that also counts those which it has in hand. Small ones (starts,
/// ends, a line of output) have a lane of their own, so that they need not wait for the output of others; events of one
/// attempt stay in order.
/// </summary>
internal sealed class EventQueue(IntakeBudget budget, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Lane _express = new();
    private readonly Lane _bulk = new();

    /// <summary>Holds a token while anything waits, so that nobody who waits can miss it.</summary>
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Hands an event in; waits while the budget is spent.</summary>
    public async ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken)
    {
        var queued = new QueuedEvent(attemptEvent, time.GetTimestamp());
        await budget.TakeAsync(attemptEvent.HostId, queued.HeldBytes, cancellationToken);
        lock (_gate)
        {
            (IntakeBudget.IsSmall(queued.HeldBytes) && !_bulk.Contains(queued.Key) ? _express : _bulk).Add(queued);
            _signal.Writer.TryWrite(true);
        }

        if (attemptEvent is AttemptFinished)
        {
            budget.EndTurn(attemptEvent.HostId);
        }
    }

    /// <summary>Waits until there is something to take.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _signal.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Moves what waits into a group until it is full. While both lanes have something, each gets its half of it.</summary>
    /// <param name="group">Where to.</param>
    /// <param name="isHeld">Takes an event that must not go on.</param>
    public void Fill(EventGroup group, Func<QueuedEvent, bool> isHeld)
    {
        lock (_gate)
        {
            var (count, bytes) = (0, 0L);
            while (Next(count >= EventGroup.MaxEvents / 2 || bytes >= EventGroup.MaxBytes / 2) is { } lane && group.HasRoomFor(lane.First))
            {
                var (queued, before) = (lane.Take(), group.Bytes);
                if (!isHeld(queued))
                {
                    group.Add(queued);
                }

                if (lane == _express)
                {
                    (count, bytes) = (count + 1, bytes + group.Bytes - before);
                }
            }

            if (Next(halfIsExpress: false) is null)
            {
                _signal.Reader.TryRead(out _);
            }
        }
    }

    /// <summary>Whether these alone take more than half of the budget.</summary>
    public bool IsHalfSpent(IEnumerable<QueuedEvent> events)
    {
        var (count, bytes) = (0, 0L);
        foreach (var queued in events)
        {
            (count, bytes) = (count + 1, bytes + queued.HeldBytes);
        }

        return budget.IsMoreThanHalf(count, bytes);
    }

    /// <summary>An event has left the pipeline.</summary>
    public void Done(QueuedEvent queued) => budget.Release(queued.HeldBytes);

    /// <summary>Bulk waits for its half, and for what its own attempt said before.</summary>
    private Lane? Next(bool halfIsExpress)
    {
        var bulkMayGo = !_bulk.IsEmpty && (_express.IsEmpty || (halfIsExpress && !_express.Contains(_bulk.First.Key)));
        return bulkMayGo ? _bulk : _express.IsEmpty ? null : _express;
    }

    /// <summary>First in, first out, and whose events are in it.</summary>
    private sealed class Lane
    {
        private readonly Queue<QueuedEvent> _events = [];
        private readonly Dictionary<AttemptKey, int> _counts = [];

        public bool IsEmpty => _events.Count == 0;

        public QueuedEvent First => _events.Peek();

        public bool Contains(AttemptKey key) => _counts.ContainsKey(key);

        public void Add(QueuedEvent queued)
        {
            _events.Enqueue(queued);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, queued.Key, out _)++;
        }

        public QueuedEvent Take()
        {
            var queued = _events.Dequeue();
            if (--_counts[queued.Key] == 0)
            {
                _counts.Remove(queued.Key);
            }

            return queued;
        }
    }
}
