using System.Security.Cryptography;

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
        var streams = frames.Where(frame => frame.Content is not null).ToLookup(frame => frame.Stream);
        var stdout = new KeptStream(OutputStream.Stdout, streams[OutputStream.Stdout], stdoutBytes, limits);
        var stderr = new KeptStream(OutputStream.Stderr, streams[OutputStream.Stderr], stderrBytes, limits);
        var pieces = Interleave(stdout, stderr);
        var kept = (Stdout: 0L, Stderr: 0L);
        foreach (var piece in pieces)
        {
            kept = piece.Stream == OutputStream.Stdout ? (kept.Stdout + piece.Length, kept.Stderr) : (kept.Stdout, kept.Stderr + piece.Length);
        }

        var output = new SealedOutput
        {
            TaskId = taskId,
            Hash = Hash(stdout, stderr),
            Layout = OutputLayout.Write(pieces),
            Content = Pack(stdout, stderr, pieces, kept.Stdout + kept.Stderr),
        };

        // Each stream is checked for itself: the sum of what an agent tells of two streams may overflow.
        return (output, kept.Stdout < stdoutBytes || kept.Stderr < stderrBytes);
    }

    private static IReadOnlyList<OutputPiece> Interleave(KeptStream stdout, KeptStream stderr)
    {
        var pieces = new PieceList();
        using var first = stdout.Pieces().GetEnumerator();
        using var second = stderr.Pieces().GetEnumerator();
        var (hasFirst, hasSecond) = (first.MoveNext(), second.MoveNext());
        while (hasFirst || hasSecond)
        {
            if (hasFirst && (!hasSecond || first.Current.Order <= second.Current.Order))
            {
                pieces.Add(first.Current);
                hasFirst = first.MoveNext();
            }
            else
            {
                pieces.Add(second.Current);
                hasSecond = second.MoveNext();
            }
        }

        return pieces.Pieces;
    }

    /// <summary>SHA-256 over what is kept of both streams, whatever frames it came in and however they interleaved.</summary>
    private static byte[] Hash(KeptStream stdout, KeptStream stderr)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        stdout.AppendTo(hash);
        stderr.AppendTo(hash);
        return hash.GetHashAndReset();
    }

    private static byte[] Pack(KeptStream stdout, KeptStream stderr, IReadOnlyList<OutputPiece> pieces, long bytes)
    {
        var content = new byte[bytes];
        var end = 0;
        foreach (var piece in pieces)
        {
            (piece.Stream == OutputStream.Stdout ? stdout : stderr).Copy(piece.Offset, content.AsSpan(end, piece.Length));
            end += piece.Length;
        }

        return content;
    }
}
