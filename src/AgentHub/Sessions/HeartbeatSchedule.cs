namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// When each agent is to send its heartbeats: spread evenly over the interval, in ticks of 100 ms. One that comes alone
/// wakes threads that sleep, at each step of its way, and this costs more than to read and answer it; those of one tick
/// are read by threads that are awake.
/// </summary>
internal sealed class HeartbeatSchedule(TimeSpan interval, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly int _slots = (int)(interval / Tick);
    private readonly long _began = time.GetTimestamp();
    private uint _taken;

    /// <summary>The next slot in turn.</summary>
    public HeartbeatSlot Take() => new(this, (int)(Interlocked.Increment(ref _taken) % _slots));

    /// <summary>Time until the slot comes, at least 0 and less than the interval.</summary>
    internal TimeSpan Until(int slot)
    {
        var wait = (Tick * slot) - TimeSpan.FromTicks(time.GetElapsedTime(_began).Ticks % interval.Ticks);
        return wait < TimeSpan.Zero ? wait + interval : wait;
    }

    /// <summary>Time until the occurrence of the slot that is nearest to a whole interval from now: a half to one and a half.</summary>
    internal TimeSpan Next(int slot)
    {
        var wait = Until(slot);
        return wait < interval / 2 ? wait + interval : wait;
    }

    /// <summary>Whether the one that is followed after <paramref name="next"/> kept its time, to half a tick.</summary>
    internal bool IsKept(TimeSpan next) => (next - interval).Duration() <= Tick / 2;
}

/// <summary>Where the heartbeats of one session stand in the <see cref="HeartbeatSchedule"/>. For its reading side alone.</summary>
internal sealed class HeartbeatSlot(HeartbeatSchedule schedule, int number)
{
    private bool _answered;

    /// <summary>Time from now to the first heartbeat: less than the interval.</summary>
    public TimeSpan First => schedule.Until(number);

    /// <summary>
    /// One has come: the time from now to the next, half an interval to one and a half, which the hub answers. Null: the
    /// agent keeps its time by itself and was answered the last time; the replies are a part of what an idle fleet costs.
    /// </summary>
    public TimeSpan? Come()
    {
        var next = schedule.Next(number);
        _answered = !(_answered && schedule.IsKept(next));
        return _answered ? next : null;
    }
}
