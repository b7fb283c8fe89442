namespace TaskConsole.Agent.Spool;

/// <summary>What is kept of each stream, in bytes: so much of its beginning and so much of its end.</summary>
internal readonly record struct SpoolLimits(long HeadBytes, long TailBytes)
{
    private const long SmallestSegment = 64 * 1024;

    /// <summary>Size from which on a new tail file is begun. The ring holds at most one more than the tail needs.</summary>
    public long SegmentBytes => Math.Max(SmallestSegment, TailBytes / 4);

    /// <summary>The first byte of the tail of a stream that has produced so much.</summary>
    public long TailStart(long produced) => Math.Max(HeadBytes, produced - TailBytes);

    /// <summary>The most that one attempt takes on disk.</summary>
    public long MostBytes => 2 * (HeadBytes + TailBytes + (2 * SegmentBytes));
}
