using System.Runtime.InteropServices;

namespace TaskConsole.Core.Results;

/// <summary>Small events that wait: first in, first out, and whose they are.</summary>
internal sealed class ExpressLane
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

/// <summary>Attempts with bulk that waits, in the order in which they came to have some, and all that each said since.</summary>
internal sealed class BulkLane
{
    private readonly LinkedList<WaitingAttempt> _attempts = [];
    private readonly Dictionary<AttemptKey, LinkedListNode<WaitingAttempt>> _byKey = [];

    public IEnumerable<WaitingAttempt> Attempts => _attempts;

    public WaitingAttempt? First => _attempts.First?.Value;

    public bool Contains(AttemptKey key) => _byKey.ContainsKey(key);

    public void Add(QueuedEvent queued, long now)
    {
        if (!_byKey.TryGetValue(queued.Key, out var node))
        {
            _byKey.Add(queued.Key, node = _attempts.AddLast(new WaitingAttempt(queued.Key, now)));
        }

        node.Value.Events.Enqueue(queued);
        node.Value.HasEnded |= queued.Event is AttemptFinished;
    }

    public void Remove(WaitingAttempt attempt)
    {
        if (_byKey.Remove(attempt.Key, out var node))
        {
            _attempts.Remove(node);
        }
    }
}

/// <summary>What waits of one attempt, in order.</summary>
/// <param name="key">Whose it is.</param>
/// <param name="since">Timestamp of the clock when the first of it came into the lane; it may have waited for the budget before.</param>
internal sealed class WaitingAttempt(AttemptKey key, long since)
{
    public AttemptKey Key => key;

    public long Since => since;

    public Guid HostId => Events.Peek().Event.HostId;

    public Queue<QueuedEvent> Events { get; } = [];

    /// <summary>What waits begins a stream.</summary>
    public bool IsFromItsStart => Events.Peek().Event is AttemptOutput { Offset: 0 };

    /// <summary>Its end is among them: it will say nothing more.</summary>
    public bool HasEnded { get; set; }
}
