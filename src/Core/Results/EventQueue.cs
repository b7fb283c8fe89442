using System.Threading.Channels;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Results;

/// <summary>Events that wait for the pipeline, within a budget that also counts those which it has in hand.</summary>
internal sealed class EventQueue(IntakeBudget budget, OutputOptions limits, TimeProvider time)
{
    /// <summary>Events of one transaction at most.</summary>
    public const int MaxGroup = 1_000;

    /// <summary>Bytes of one transaction at most, unless one event alone has more.</summary>
    public const long MaxGroupBytes = 4 * 1024 * 1024;

    private readonly Channel<QueuedEvent> _events = Channel.CreateUnbounded<QueuedEvent>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Hands an event in; waits while the budget is spent.</summary>
    public async ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken)
    {
        var queued = new QueuedEvent(attemptEvent, time.GetTimestamp());
        await budget.TakeAsync(attemptEvent.HostId, queued.HeldBytes, cancellationToken);
        _events.Writer.TryWrite(queued);
        if (attemptEvent is AttemptFinished)
        {
            budget.EndTurn(attemptEvent.HostId);
        }
    }

    /// <summary>Waits until there is something to take.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _events.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The next event, if the group has room for it.</summary>
    public QueuedEvent? Next(int groupCount, long groupBytes) =>
        groupCount < MaxGroup
        && _events.Reader.TryPeek(out var next)
        && (groupCount == 0 || groupBytes + next.CommitBytes(limits) <= MaxGroupBytes)
        && _events.Reader.TryRead(out var taken)
            ? taken
            : null;

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
}
