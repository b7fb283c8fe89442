using System.Runtime.InteropServices;

namespace TaskConsole.Core.Results;

/// <summary>Small events that wait: first in, first out, and whose they are.</summary>
internal sealed class ExpressLane
{
    private readonly Queue<QueuedEvent> _events = [];
    private readonly Dictionary<Sender, int> _counts = [];

    public bool IsEmpty => _events.Count == 0;

    public QueuedEvent First => _events.Peek();

    public bool Contains(Sender sender) => _counts.ContainsKey(sender);

    public void Add(QueuedEvent queued)
    {
        _events.Enqueue(queued);
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, queued.Sender, out _)++;
    }

    public QueuedEvent Take()
    {
        var queued = _events.Dequeue();
        if (--_counts[queued.Sender] == 0)
        {
            _counts.Remove(queued.Sender);
        }

        return queued;
    }
}

/// <summary>Attempts with bulk that waits, in the order in which they came to have some, and all that each said since.</summary>
internal sealed class BulkLane
{
    private readonly LinkedList<WaitingAttempt> _attempts = [];
    private readonly Dictionary<Sender, LinkedListNode<WaitingAttempt>> _bySender = [];

    public IEnumerable<WaitingAttempt> Attempts => _attempts;

    public WaitingAttempt? First => _attempts.First?.Value;

    public bool Contains(Sender sender) => _bySender.ContainsKey(sender);

    public void Add(QueuedEvent queued, long now)
    {
        if (!_bySender.TryGetValue(queued.Sender, out var node))
        {
            _bySender.Add(queued.Sender, node = _attempts.AddLast(new WaitingAttempt(queued.Sender, now)));
        }

        node.Value.Events.Enqueue(queued);
        node.Value.HasEnded |= queued.Event is AttemptFinished;
    }

    public void Remove(WaitingAttempt attempt)
    {
        if (_bySender.Remove(attempt.Sender, out var node))
        {
            _attempts.Remove(node);
        }
    }
}

/// <summary>What waits of one attempt, in order.</summary>
/// <param name="sender">Whose it is.</param>
/// <param name="since">Timestamp of the clock when the first of it came into the lane; it may have waited for the budget before.</param>
internal sealed class WaitingAttempt(Sender sender, long since)
{
    public Sender Sender => sender;

    public long Since => since;

    public Queue<QueuedEvent> Events { get; } = [];

    /// <summary>What waits begins a stream.</summary>
    public bool IsFromItsStart => Events.Peek().Event is AttemptOutput { Offset: 0 };

    /// <summary>Its end is among them: it will say nothing more.</summary>
    public bool HasEnded { get; set; }
}
