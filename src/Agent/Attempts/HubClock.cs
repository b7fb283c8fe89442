namespace TaskConsole.Agent.Attempts;

/// <summary>The hub's time: what it said last, carried on by this host's monotonic clock, whatever this host's date is.</summary>
internal sealed class HubClock(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _hubTimeMs;
    private long _heardAt = time.GetTimestamp();

    /// <summary>Unix milliseconds; 0 before the hub has said anything.</summary>
    public long NowMs
    {
        get
        {
            lock (_gate)
                return _hubTimeMs == 0 ? 0 : _hubTimeMs + (long)time.GetElapsedTime(_heardAt).TotalMilliseconds;
        }
    }

    public void Set(long hubTimeMs)
    {
        lock (_gate)
        {
            _hubTimeMs = hubTimeMs;
            _heardAt = time.GetTimestamp();
        }
    }
}
