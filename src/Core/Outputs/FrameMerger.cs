namespace TaskConsole.Core.Outputs;

/// <summary>
/// Makes rows of the frames that one transaction adds to an attempt: small neighbours become one, so that neither the
/// store nor its readers pay for an agent that sends its output byte by byte.
/// </summary>
internal static class FrameMerger
{
    /// <summary>From this size on a frame stays by itself: to copy it would cost more than its row.</summary>
    private const int LargeBytes = 16 * 1024;

    /// <summary>Rows for frames of one attempt; on each stream every frame begins where the one before it ends.</summary>
    public static IEnumerable<OutputFrame> Merge(IReadOnlyCollection<OutputFrame> frames) =>
        frames.GroupBy(frame => frame.Stream).SelectMany(MergeStream);

    private static IEnumerable<OutputFrame> MergeStream(IEnumerable<OutputFrame> frames)
    {
        var row = new List<OutputFrame>();
        var bytes = 0L;
        foreach (var frame in frames)
        {
            if (row.Count > 0 && !Fits(row[^1], bytes, frame))
            {
                yield return Join(row, bytes);
                row.Clear();
                bytes = 0;
            }

            row.Add(frame);
            bytes += frame.Length;
        }

        if (row.Count > 0)
        {
            yield return Join(row, bytes);
        }
    }

    private static bool Fits(OutputFrame last, long bytes, OutputFrame next) => (last.Content, next.Content) switch
    {
        (null, null) => true,
        ({ Length: < LargeBytes }, { Length: < LargeBytes }) => bytes + next.Length <= OutputFrame.MaxBytes,
        _ => false,
    };

    private static OutputFrame Join(List<OutputFrame> frames, long bytes)
    {
        var first = frames[0];
        if (frames.Count == 1)
        {
            return first;
        }

        byte[]? content = null;
        if (first.Content is not null)
        {
            content = new byte[bytes];
            var end = 0;
            foreach (var frame in frames)
            {
                frame.Content!.CopyTo(content, end);
                end += frame.Content!.Length;
            }
        }

        return new OutputFrame
        {
            CommandHostId = first.CommandHostId,
            Attempt = first.Attempt,
            Stream = first.Stream,
            Offset = first.Offset,
            Length = bytes,
            Order = first.Order,
            Breaks = content is null ? null : FramePieces.Breaks(frames),
            Content = content,
        };
    }
}
