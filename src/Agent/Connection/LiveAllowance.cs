namespace TaskConsole.Agent.Connection;

/// <summary>So many bytes a second, of which a second's worth can be saved up. One frame may overdraw it.</summary>
internal sealed class LiveAllowance(long bytesPerSecond, TimeProvider time)
{
    private double _left = bytesPerSecond;
    private long _at = time.GetTimestamp();

    /// <summary>Zero when something may go now.</summary>
    public TimeSpan TimeUntilAllowed()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(bytesPerSecond, _left + (bytesPerSecond * time.GetElapsedTime(_at, now).TotalSeconds));
        _at = now;
        return _left > 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _left) / bytesPerSecond);
    }

    public void Spend(int bytes) => _left -= bytes;
}
