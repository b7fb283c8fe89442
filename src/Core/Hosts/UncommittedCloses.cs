using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Sessions whose end the store has not taken: at most one for each host, tried again with growing pauses.</summary>
internal sealed class UncommittedCloses(TimeProvider time)
{
    private readonly Dictionary<Guid, SessionChange.Close> _closes = [];
    private StoreOutage? _outage;
    private long _failedAt;
    private TimeSpan _delay;

    /// <summary>How long until they are to be tried again; null: there are none.</summary>
    public TimeSpan? DueIn => _closes.Count == 0 ? null : _delay - time.GetElapsedTime(_failedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    public bool IsDue => DueIn == TimeSpan.Zero;

    /// <summary>Keeps one; of two of a host the later.</summary>
    public void Add(SessionChange.Close close)
    {
        if (!_closes.TryGetValue(close.Host, out var known) || known.SessionEpoch < close.SessionEpoch)
        {
            _closes[close.Host] = close;
        }
    }

    /// <summary>Takes all out.</summary>
    public List<SessionChange> Take()
    {
        List<SessionChange> taken = [.. _closes.Values];
        _closes.Clear();
        return taken;
    }

    /// <summary>The store failed; true: for a cause that has not just been told.</summary>
    public bool Failed(string why)
    {
        _outage ??= new StoreOutage(time.GetTimestamp());
        (_failedAt, _delay) = (time.GetTimestamp(), _outage.NextDelay());
        return _outage.IsNews(why);
    }

    /// <summary>The store took something.</summary>
    public void Committed()
    {
        if (_closes.Count == 0)
        {
            _outage = null;
        }
    }
}
