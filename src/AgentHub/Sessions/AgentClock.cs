namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// How far an agent's clock is from the hub's. Measured at hello between challenge and answer; a heartbeat's message
/// is on its way for some time, so its difference is at least the true one: a smaller one corrects at once, a larger
/// one only when several in a row agree that the clock was set back. Used by the reading side of one session alone.
/// </summary>
internal sealed class AgentClock
{
    private const int Agreeing = 3;
    private const long DriftMs = 1_000;

    private readonly TimeProvider _time;
    private long _offsetMs;
    private long _smallestDrift = long.MaxValue;
    private int _drifts;

    /// <param name="challengeSentMs">Hub's clock.</param>
    /// <param name="helloReceivedMs">Hub's clock.</param>
    /// <param name="agentTimeMs">Agent's clock when it wrote the hello.</param>
    /// <param name="time">The hub's clock.</param>
    public AgentClock(long challengeSentMs, long helloReceivedMs, long agentTimeMs, TimeProvider time)
    {
        _time = time;
        _offsetMs = challengeSentMs + ((helloReceivedMs - challengeSentMs) / 2) - agentTimeMs;
    }

    /// <summary>Hub's time minus agent's time.</summary>
    public TimeSpan Offset => TimeSpan.FromMilliseconds(_offsetMs);

    /// <summary>Takes what a heartbeat tells.</summary>
    public void Observe(long agentTimeMs)
    {
        var difference = _time.GetUtcNow().ToUnixTimeMilliseconds() - agentTimeMs;
        if (difference <= _offsetMs + DriftMs)
        {
            _offsetMs = Math.Min(_offsetMs, difference);
            _drifts = 0;
            _smallestDrift = long.MaxValue;
            return;
        }

        _smallestDrift = Math.Min(_smallestDrift, difference);
        if (++_drifts >= Agreeing)
        {
            _offsetMs = _smallestDrift;
            _drifts = 0;
            _smallestDrift = long.MaxValue;
        }
    }

    /// <summary>Agent's time as hub's time, never in the future. The time must be plausible.</summary>
    public DateTimeOffset ToHub(long agentTimeMs)
    {
        var now = _time.GetUtcNow();
        var corrected = agentTimeMs + _offsetMs;
        return corrected >= now.ToUnixTimeMilliseconds() ? now : DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, corrected));
    }
}
