namespace TaskConsole.Agent.Spool;

/// <summary>
/// A place in one stream of a spool, that can be read from on. The spool may still be written, and its ring
/// may move on beyond the place: then the next frame begins later than <see cref="Offset"/>.
/// </summary>
internal sealed class SpoolCursor(SpoolFiles files, SpoolStream stream, SpoolLimits limits, long offset) : IDisposable
{
    private FrameFileReader? _head;
    private FrameFileReader? _segment;
    private long _segmentStart = -1;

    public SpoolStream Stream => stream;

    /// <summary>The next byte to read.</summary>
    public long Offset { get; private set; } = offset;

    private bool InTail => _segment is not null;

    /// <summary>The first frame that ends after <see cref="Offset"/>; false when there is none (yet).</summary>
    public bool TryPeek(out SpoolFrame frame)
    {
        if (!InTail)
        {
            if (Offset < limits.HeadBytes && TryPeekHead(out frame))
                return true;
            // A tail that exists means that the head is complete; look at it once more, it may have grown meanwhile.
            if (files.SegmentStarts(stream).Count == 0)
            {
                frame = default;
                return false;
            }

            if (Offset < limits.HeadBytes && TryPeekHead(out frame))
                return true;
        }

        return TryPeekTail(out frame);
    }

    /// <summary>Reads from the frame that <see cref="TryPeek"/> found, from <see cref="Offset"/> (or its beginning) on, and moves on.</summary>
    public byte[] Read(SpoolFrame frame, int most)
    {
        var from = (int)Math.Max(0, Offset - frame.Offset);
        var bytes = (InTail ? _segment! : _head!).Bytes.Slice(from, Math.Min(most, frame.Length - from)).ToArray();
        Offset = frame.Offset + from + bytes.Length;
        return bytes;
    }

    /// <summary>Moves on without reading.</summary>
    public void SkipTo(long to) => Offset = Math.Max(Offset, to);

    /// <summary>Moves to the end of what is there now, and returns it.</summary>
    public long SkipToEnd()
    {
        while (TryPeek(out var frame))
            SkipTo(frame.End);
        return Offset;
    }

    public void Dispose()
    {
        _head?.Dispose();
        _segment?.Dispose();
    }

    private bool TryPeekHead(out SpoolFrame frame)
    {
        frame = default;
        _head ??= FrameFileReader.TryOpen(files.Head);
        return _head is not null && TryFindIn(_head, out frame);
    }

    private bool TryPeekTail(out SpoolFrame frame)
    {
        while (true)
        {
            if (_segment is not null && TryFindIn(_segment, out frame))
                return true;
            // A later segment means that the current one is complete; look at it once more, it may have grown meanwhile.
            var next = NextSegment();
            frame = default;
            if (next < 0)
                return false;
            if (_segment is not null && TryFindIn(_segment, out frame))
                return true;
            if (FrameFileReader.TryOpen(files.Segment(stream, next)) is not { } opened)
                continue;
            _segment?.Dispose();
            _segment = opened;
            _segmentStart = next;
        }
    }

    // Of those behind the current one: the last that begins at or before the place, else the first.
    private long NextSegment()
    {
        long next = -1;
        foreach (var start in files.SegmentStarts(stream))
        {
            if (start > _segmentStart && (next < 0 || start <= Offset))
                next = start;
        }

        return next;
    }

    private bool TryFindIn(FrameFileReader file, out SpoolFrame frame)
    {
        while (file.TryPeek(out frame))
        {
            if (frame.Stream == stream && frame.End > Offset)
                return true;
            file.Skip(frame);
        }

        return false;
    }
}
