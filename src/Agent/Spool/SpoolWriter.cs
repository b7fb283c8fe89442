namespace TaskConsole.Agent.Spool;

/// <summary>
/// Keeps the first and the last bytes of each stream on disk: the head in one file, the tail in a ring of
/// files of which the oldest are deleted. Written by the supervisor's reading thread alone; a full disk
/// costs output, never time. What it drops is a gap in the offsets, which readers tell as omitted.
/// </summary>
internal sealed class SpoolWriter : IDisposable
{
    private readonly SpoolFiles _files;
    private readonly SpoolLimits _limits;
    private FrameFile? _head;
    private readonly StreamState _stdout = new();
    private readonly StreamState _stderr = new();
    private readonly byte[] _frame = new byte[SpoolFrame.HeaderBytes + SpoolFrame.MaximumLength];
    private long _order;

    public SpoolWriter(string folder, SpoolLimits limits)
    {
        _files = new SpoolFiles(folder);
        _limits = limits;
        _head = TryCreate(_files.Head);
    }

    /// <summary>Bytes that the stream has produced, kept or not.</summary>
    public long Produced(SpoolStream stream) => State(stream).Produced;

    /// <summary>Takes the next bytes of a stream, at any length.</summary>
    public void Append(SpoolStream stream, ReadOnlySpan<byte> bytes)
    {
        var state = State(stream);
        while (bytes.Length > 0)
        {
            var inHead = state.Produced < _limits.HeadBytes;
            var room = inHead ? _limits.HeadBytes - state.Produced : long.MaxValue;
            var length = (int)Math.Min(room, Math.Min(bytes.Length, SpoolFrame.MaximumLength));
            var frame = new SpoolFrame(stream, ++_order, state.Produced, length);
            bytes[..length].CopyTo(_frame.AsSpan(SpoolFrame.HeaderBytes));
            var encoded = _frame.AsSpan(0, SpoolFrame.HeaderBytes + length);
            frame.Seal(encoded);
            // Made when there was no room? There may be now.
            if (inHead)
                _ = (_head ??= TryCreate(_files.Head))?.TryAppend(encoded);
            else if (_limits.TailBytes > 0)
                AppendToTail(stream, state, frame, encoded);
            state.Produced += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Makes what is kept durable, as far as the disk lets it.</summary>
    public void Sync()
    {
        if (_head is { Length: > 0 })
            _head.Sync();
        foreach (var segment in _stdout.Ring.Concat(_stderr.Ring))
            segment.File.Sync();
    }

    public void Dispose()
    {
        _head?.Dispose();
        foreach (var segment in _stdout.Ring.Concat(_stderr.Ring))
            segment.File.Dispose();
    }

    private void AppendToTail(SpoolStream stream, StreamState state, SpoolFrame frame, ReadOnlySpan<byte> encoded)
    {
        // The segment after the first one begins where the first one ends.
        while (state.Ring.Count > 1 && state.Ring[1].Start <= frame.End - _limits.TailBytes)
        {
            state.Ring[0].File.Dispose();
            TryDelete(_files.Segment(stream, state.Ring[0].Start));
            state.Ring.RemoveAt(0);
        }

        if (state.Ring.Count == 0 || frame.Offset - state.Ring[^1].Start >= _limits.SegmentBytes)
        {
            if (TryCreate(_files.Segment(stream, frame.Offset)) is not { } file)
                return;
            state.Ring.Add(new Segment(frame.Offset, file));
        }

        _ = state.Ring[^1].File.TryAppend(encoded);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It goes with the attempt's folder.
        }
    }

    private static FrameFile? TryCreate(string path)
    {
        try
        {
            return new FrameFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private StreamState State(SpoolStream stream) => stream == SpoolStream.Stdout ? _stdout : _stderr;

    private sealed record Segment(long Start, FrameFile File);

    private sealed class StreamState
    {
        public long Produced { get; set; }

        public List<Segment> Ring { get; } = [];
    }
}
