namespace TaskConsole.Core.Results;

/// <summary>
/// Attempts with a hole: an event of theirs was set aside, so nothing that their session says afterwards is taken, or
/// acknowledged past it. The next hello asks for it again, and then it is tried again.
/// </summary>
internal sealed class SetAsideAttempts
{
    /// <summary>Beyond it the oldest is forgotten: it would be tried, and set aside, once more.</summary>
    private const int MaxRemembered = 10_000;

    private readonly Dictionary<AttemptKey, long> _epochs = [];
    private readonly Queue<AttemptKey> _order = [];

    /// <summary>Remembers an attempt under the session that the event came by. False: it is known from an earlier one.</summary>
    public bool Add(AttemptEvent attemptEvent)
    {
        var first = !_epochs.ContainsKey(attemptEvent.Key);
        if (first)
        {
            _order.Enqueue(attemptEvent.Key);
        }

        _epochs[attemptEvent.Key] = attemptEvent.SessionEpoch;
        while (_order.Count > MaxRemembered)
        {
            _epochs.Remove(_order.Dequeue());
        }

        return first;
    }

    /// <summary>Whether nothing of this attempt is taken from this session.</summary>
    public bool Contains(AttemptEvent attemptEvent) =>
        _epochs.Count > 0 && _epochs.TryGetValue(attemptEvent.Key, out var epoch) && attemptEvent.SessionEpoch <= epoch;
}
