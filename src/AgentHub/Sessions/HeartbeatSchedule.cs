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
}

/// <summary>Where the heartbeats of one session stand in the <see cref="HeartbeatSchedule"/>.</summary>
internal readonly struct HeartbeatSlot(HeartbeatSchedule schedule, int number)
{
    /// <summary>Time from now to the first heartbeat: less than the interval.</summary>
    public TimeSpan First => schedule.Until(number);

    /// <summary>Time from now, where one has just come, to the next: half an interval to one and a half, whole unless it came early or late.</summary>
    public TimeSpan Next => schedule.Next(number);
}
