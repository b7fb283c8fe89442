using System.Threading.Channels;

namespace TaskConsole.Core.Results;

/// <summary>
/// Events that wait for the pipeline, within a budget that also counts those which it has in hand. Small ones (starts,
/// ends, a line of output) have a lane of their own, so that they need not wait for the output of others; events of one
/// attempt stay in order.
/// </summary>
/// <remarks>
/// Output is written once when all of it and its end are in the same transaction, and otherwise twice: as frames, then
/// sealed. So bulk leaves by attempts, and output from its start waits a moment for its end.
/// </remarks>
internal sealed class EventQueue(IntakeBudget budget, TimeProvider time)
{
    /// <summary>How long output from its start waits for what its host is about to say: less than anybody who watches it sees.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly ExpressLane _express = new();
    private readonly BulkLane _bulk = new();

    /// <summary>Timestamp of the oldest bulk that was left by the last <see cref="Fill"/>.</summary>
    private long? _oldestBulk;

    /// <summary>Holds a token while something may be taken, so that nobody who waits can miss it.</summary>
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Hands an event in; waits while the budget is spent.</summary>
    public async ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken)
    {
        var queued = new QueuedEvent(attemptEvent, time.GetTimestamp());
        await budget.TakeAsync(queued.Sender, queued.HeldBytes, cancellationToken);
        lock (_gate)
        {
            if (IntakeBudget.IsSmall(queued.HeldBytes) && !_bulk.Contains(queued.Sender))
            {
                _express.Add(queued);
            }
            else
            {
                _bulk.Add(queued, time.GetTimestamp());
            }

            if (attemptEvent is AttemptFinished)
            {
                budget.EndTurn(queued.Sender);
            }

            _signal.Writer.TryWrite(true);
        }
    }

    /// <summary>After how long to call <see cref="Fill"/> again though nothing new has come, since output waits for its end; null: nothing does.</summary>
    public TimeSpan? ReadyIn => _oldestBulk is { } since ? Patience - time.GetElapsedTime(since) : null;

    /// <summary>When the oldest event that was left by the last <see cref="Fill"/> arrived; null: none was.</summary>
    public long? OldestLeft { get; private set; }

    /// <summary>Waits until something may be taken, or something new has come.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _signal.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>
    /// Moves what waits into a group until it is full; something at least, unless all of it waits for more. While both lanes
    /// have something, each gets its half of it.
    /// </summary>
    /// <param name="group">Where to.</param>
    /// <param name="isHeld">Takes an event that must not go on.</param>
    public void Fill(EventGroup group, Func<QueuedEvent, bool> isHeld)
    {
        lock (_gate)
        {
            var bulk = new Queue<WaitingAttempt>(_bulk.Attempts.Where(IsReady));
            var (count, bytes, bulkMoves) = (0, 0L, false);
            while (true)
            {
                var halfIsExpress = count >= EventGroup.MaxEvents / 2 || bytes >= EventGroup.MaxBytes / 2;

                // Bulk waits for its half of the group, and for the earlier events of its own attempt.
                if (bulk.TryPeek(out var attempt) && (_express.IsEmpty || (halfIsExpress && !_express.Contains(attempt.Sender))))
                {
                    // The first bulk event takes whatever room there is: ends that seal much output must not keep bulk out.
                    if ((bulkMoves && !group.HasRoomForAll(attempt.Events)) || !Move(attempt, group, isHeld))
                    {
                        break;
                    }

                    bulk.Dequeue();
                    bulkMoves = true;
                    continue;
                }

                if (_express.IsEmpty || !group.HasRoomFor(_express.First))
                {
                    break;
                }

                var before = group.Bytes;
                Move(_express.Take(), group, isHeld);
                (count, bytes) = (count + 1, bytes + group.Bytes - before);
            }

            if (_express.IsEmpty && bulk.Count == 0)
            {
                _signal.Reader.TryRead(out _);
            }

            _oldestBulk = _bulk.First?.Since;
            OldestLeft = _bulk.Attempts.Select(attempt => attempt.Events.Peek()).Concat(_express.IsEmpty ? [] : [_express.First]).Min(queued => (long?)queued.Arrived);
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

    private bool IsReady(WaitingAttempt attempt) =>
        attempt.HasEnded
        || !attempt.IsFromItsStart
        || !budget.IsInTurn(attempt.Sender)
        || time.GetElapsedTime(attempt.Since) >= Patience;

    /// <summary>Moves as much of an attempt as finds room. False: some is left.</summary>
    private bool Move(WaitingAttempt attempt, EventGroup group, Func<QueuedEvent, bool> isHeld)
    {
        while (attempt.Events.TryPeek(out var next) && group.HasRoomFor(next))
        {
            budget.EndTurn(attempt.Sender);
            Move(attempt.Events.Dequeue(), group, isHeld);
        }

        if (attempt.Events.Count > 0)
        {
            return false;
        }

        _bulk.Remove(attempt);
        return true;
    }

    private static void Move(QueuedEvent queued, EventGroup group, Func<QueuedEvent, bool> isHeld)
    {
        if (!isHeld(queued))
        {
            group.Add(queued);
        }
    }
}
