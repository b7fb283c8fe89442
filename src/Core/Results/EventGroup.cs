using System.Runtime.InteropServices;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Results;

/// <summary>Events that are to be committed in one transaction, bounded by their number and by the bytes that they bring into it.</summary>
internal sealed class EventGroup(OutputOptions limits)
{
    /// <summary>Events of one transaction at most.</summary>
    public const int MaxEvents = 1_000;

    /// <summary>Bytes of one transaction at most, unless one event alone has more, or seals more than half as much.</summary>
    public const long MaxBytes = 2 * 1024 * 1024;

    private readonly List<QueuedEvent> _events = new(MaxEvents);

    /// <summary>Output in the group: an end that seals it does not bring it once more.</summary>
    private readonly Dictionary<AttemptKey, long> _output = [];
    private long _bytes;

    /// <summary>In the order in which they are to be applied.</summary>
    public IReadOnlyList<QueuedEvent> Events => _events;

    public bool HasRoomFor(QueuedEvent queued) =>
        _events.Count == 0 || (_events.Count < MaxEvents && _bytes + BytesOf(queued) <= MaxBytes);

    /// <summary>Whether all of these, which are of one attempt, find room. Those that would take more than half of a group may be spread over several.</summary>
    public bool HasRoomForAll(IReadOnlyCollection<QueuedEvent> events)
    {
        var (bytes, content, kept) = (0L, 0L, 0L);
        foreach (var queued in events)
        {
            bytes += queued.HeldBytes;
            content += (queued.Event as AttemptOutput)?.Content?.Length ?? 0;
            kept += queued.SealedBytes(limits);
        }

        bytes += Math.Max(0, kept - content);
        return bytes > MaxBytes / 2 || events.Count > MaxEvents / 2 || (_events.Count + events.Count <= MaxEvents && _bytes + bytes <= MaxBytes);
    }

    /// <summary>About the bytes that its events bring into the transaction.</summary>
    public long Bytes => _bytes;

    public void Add(QueuedEvent queued)
    {
        Count(queued);
        _events.Add(queued);
    }

    /// <summary>Puts events before all others, room or not: they were in hand already.</summary>
    public void PutFirst(IEnumerable<QueuedEvent> events)
    {
        _events.InsertRange(0, events);
        Recount();
    }

    public void RemoveAll(Predicate<QueuedEvent> match)
    {
        _events.RemoveAll(match);
        Recount();
    }

    private void Recount()
    {
        _bytes = 0;
        _output.Clear();
        _events.ForEach(Count);
    }

    private void Count(QueuedEvent queued)
    {
        _bytes += BytesOf(queued);
        if (queued.Event is AttemptOutput { Content: { } content })
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_output, queued.Key, out _) += content.Length;
        }
    }

    /// <summary>An end counts half a group at most, however much it says that it seals: the rest is for others.</summary>
    private long BytesOf(QueuedEvent queued) =>
        queued.HeldBytes + Math.Max(0, Math.Min(queued.SealedBytes(limits) - _output.GetValueOrDefault(queued.Key), (MaxBytes / 2) - queued.HeldBytes));
}
