using TaskConsole.Agent.Spool;

namespace TaskConsole.Agent.Connection;

/// <summary>Counts the bytes of one attempt that were sent and not yet acknowledged. Used by one thread at a time.</summary>
internal sealed class SendWindow(long limit)
{
    private readonly Queue<(long End, int Bytes)> _stdout = new();
    private readonly Queue<(long End, int Bytes)> _stderr = new();
    private long _unacknowledged;

    /// <summary>How many bytes may still go.</summary>
    public long Room => Math.Max(0, limit - _unacknowledged);

    public void Sent(SpoolStream stream, long end, int bytes)
    {
        Of(stream).Enqueue((end, bytes));
        _unacknowledged += bytes;
    }

    /// <summary>The hub has everything of this stream up to, not including, this offset.</summary>
    public void Acknowledged(SpoolStream stream, long offset)
    {
        var sent = Of(stream);
        while (sent.TryPeek(out var oldest) && oldest.End <= offset)
            _unacknowledged -= sent.Dequeue().Bytes;
    }

    /// <summary>What was sent of this stream counts no more: it goes again.</summary>
    public void Reset(SpoolStream stream)
    {
        foreach (var (_, bytes) in Of(stream))
            _unacknowledged -= bytes;
        Of(stream).Clear();
    }

    private Queue<(long End, int Bytes)> Of(SpoolStream stream) => stream == SpoolStream.Stdout ? _stdout : _stderr;
}
