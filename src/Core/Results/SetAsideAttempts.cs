namespace TaskConsole.Core.Results;

/// <summary>
/// Attempts with a hole: an event of theirs was set aside, so nothing that their session says afterwards is taken, or
/// acknowledged past it. After some minutes it is asked for again, as it is by the next hello, and then it is tried again.
/// </summary>
internal sealed class SetAsideAttempts(TimeProvider time)
{
    /// <summary>Beyond it the oldest is forgotten: it would be tried, and set aside, once more.</summary>
    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(5);

    private readonly Dictionary<AttemptKey, Hole> _holes = [];
    private readonly Queue<AttemptKey> _order = [];
    private readonly Queue<(AttemptKey Key, long Since)> _toAsk = [];

    /// <summary>How long until one is to be asked for again; null: there is none.</summary>
    public TimeSpan? AskIn => _toAsk.TryPeek(out var next)
        ? AskAgainAfter - time.GetElapsedTime(next.Since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero
        : null;

    /// <summary>Remembers an attempt under the session that the event came by. False: it is known from an earlier one.</summary>
    public bool Add(AttemptEvent attemptEvent)
    {
        var first = !_holes.ContainsKey(attemptEvent.Key);
        if (first)
        {
            _order.Enqueue(attemptEvent.Key);
        }

        var since = time.GetTimestamp();
        _holes[attemptEvent.Key] = new Hole(attemptEvent.SessionEpoch, since, attemptEvent.Origin);
        _toAsk.Enqueue((attemptEvent.Key, since));
        while (_order.Count > MaxRemembered)
        {
            _holes.Remove(_order.Dequeue());
        }

        return first;
    }

    /// <summary>Whether nothing of this attempt is taken from this session.</summary>
    public bool Contains(AttemptEvent attemptEvent) =>
        _holes.Count > 0 && _holes.TryGetValue(attemptEvent.Key, out var hole) && hole.Origin is not null && attemptEvent.SessionEpoch <= hole.SessionEpoch;

    /// <summary>Those that are to be asked for again now.</summary>
    public List<(AttemptKey Key, IAttemptEventOrigin Origin)> Due()
    {
        var due = new List<(AttemptKey, IAttemptEventOrigin)>();
        foreach (var (key, since) in _toAsk.TakeWhile(next => time.GetElapsedTime(next.Since) >= AskAgainAfter))
        {
            if (_holes.TryGetValue(key, out var hole) && hole.Since == since && hole.Origin is { } origin)
            {
                due.Add((key, origin));
            }
        }

        return due;
    }

    /// <summary>Those that were due are asked for: what their session says is taken again.</summary>
    public void Asked()
    {
        while (AskIn == TimeSpan.Zero)
        {
            var (key, since) = _toAsk.Dequeue();
            if (_holes.TryGetValue(key, out var hole) && hole.Since == since)
            {
                _holes[key] = hole with { Origin = null };
            }
        }
    }

    /// <param name="SessionEpoch">The session that the event came by.</param>
    /// <param name="Since">Timestamp of when it was set aside.</param>
    /// <param name="Origin">Who is to be asked; null: was asked.</param>
    private sealed record Hole(long SessionEpoch, long Since, IAttemptEventOrigin? Origin);
}
