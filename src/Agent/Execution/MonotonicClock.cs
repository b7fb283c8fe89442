namespace TaskConsole.Agent.Execution;

/// <summary>The clock that nobody sets: the same in all processes of one boot.</summary>
internal static class MonotonicClock
{
    /// <summary>From some moment of this boot on.</summary>
    public static long Milliseconds(TimeProvider time) => (long)time.GetElapsedTime(0, time.GetTimestamp()).TotalMilliseconds;
}
