using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Spool;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// Remembers on disk how far the hub has acknowledged an attempt's output: a hint for the next hello, so
/// written at most once a second and without waiting for the disk.
/// </summary>
internal sealed class AcknowledgedPosition(TrackedAttempt attempt, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long _keptAt = time.GetTimestamp();
    private bool _moved;

    public void Moved(SpoolStream stream, long offset)
    {
        if (stream == SpoolStream.Stdout)
            attempt.Acknowledged.StdoutOffset = offset;
        else
            attempt.Acknowledged.StderrOffset = offset;
        _moved = true;
    }

    public void KeepNowAndThen()
    {
        if (time.GetElapsedTime(_keptAt) >= Interval)
            Keep();
    }

    public void Keep()
    {
        if (!_moved)
            return;
        _moved = false;
        _keptAt = time.GetTimestamp();
        try
        {
            attempt.Folder.WriteAcknowledged(attempt.Acknowledged);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The hub knows it better anyway.
        }
    }
}
