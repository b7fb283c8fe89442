namespace TaskConsole.Core.Outputs;

/// <summary>Makes one value of the frames of an ended attempt.</summary>
internal static class OutputSealer
{
    /// <summary>
    /// Cuts frames to head and tail exactly, so that equal outputs are equal values whatever was sent live, and packs
    /// them. The result is truncated when bytes are missing.
    /// </summary>
    public static (SealedOutput Output, bool Truncated) Seal(Guid taskId, IEnumerable<OutputFrame> frames, long stdoutBytes, long stderrBytes, OutputLimits limits)
    {
        var chunks = new List<OutputChunk>();
        var kept = 0L;
        foreach (var frame in frames.Where(frame => frame.Content is not null).OrderBy(frame => frame.Order).ThenBy(frame => frame.Offset))
        {
            var produced = frame.Stream == OutputStream.Stdout ? stdoutBytes : stderrBytes;
            foreach (var chunk in Cut(frame, limits.HeadBytes, Math.Max(limits.HeadBytes, produced - limits.TailBytes)))
            {
                chunks.Add(chunk);
                kept += chunk.Length;
            }
        }

        var content = new byte[kept];
        var pieces = new List<OutputPiece>(chunks.Count);
        var end = 0;
        foreach (var chunk in chunks)
        {
            chunk.Content.CopyTo(content.AsMemory(end));
            end += chunk.Content.Length;
            if (pieces is [.., var last] && last.Stream == chunk.Stream && last.Offset + last.Length == chunk.Offset)
            {
                pieces[^1] = last with { Length = last.Length + chunk.Length };
            }
            else
            {
                pieces.Add(new OutputPiece(chunk.Stream, chunk.Offset, chunk.Length, chunk.Order));
            }
        }

        var output = new SealedOutput
        {
            TaskId = taskId,
            Hash = OutputLayout.Hash(chunks, stdoutBytes, stderrBytes),
            Layout = OutputLayout.Write(pieces),
            Content = content,
        };
        return (output, kept < stdoutBytes + stderrBytes);
    }

    private static IEnumerable<OutputChunk> Cut(OutputFrame frame, long headEnd, long tailStart)
    {
        var start = frame.Offset;
        var end = frame.Offset + frame.Length;
        if (start < headEnd)
        {
            yield return Part(frame, start, Math.Min(end, headEnd));
        }

        if (end > tailStart && Math.Max(start, headEnd) < end)
        {
            yield return Part(frame, Math.Max(start, tailStart), end);
        }
    }

    private static OutputChunk Part(OutputFrame frame, long start, long end) =>
        new(frame.Stream, start, end - start, frame.Order, frame.Content.AsMemory((int)(start - frame.Offset), (int)(end - start)), Omitted: false);
}
