using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Outputs;

/// <summary>
/// Reads the output of one attempt piece by piece, from its frames and, once it is sealed, from the sealed value. It
/// holds one window of each stream and a layout of half a MiB at most, however much was produced and in however many
/// frames, and keeps nothing open in the store between two pieces.
/// </summary>
/// <param name="store">Where it is.</param>
/// <param name="commandHostId">Whose.</param>
/// <param name="taskId">Of the CommandHost.</param>
/// <param name="attempt">Which attempt.</param>
/// <param name="hasEnded">It has ended, so that it is sealed in all likelihood.</param>
/// <param name="selection">Which streams.</param>
/// <param name="from">First byte wanted of each stream.</param>
/// <param name="until">First byte of each stream that is not wanted; null: all that there is.</param>
internal sealed class OutputSource(Store store, Guid commandHostId, Guid taskId, int attempt, bool hasEnded, OutputSelection selection, OutputCursor from, OutputCursor? until = null)
{
    private readonly FrameWindow _stdout = new();
    private readonly FrameWindow _stderr = new();
    private OutputCursor _next = from;
    private SealedPieces? _sealed;
    private bool _isToBeLookedAt = hasEnded;

    /// <summary>The attempt has a result. Known when <see cref="NextAsync"/> has come to the end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next piece, or what was left out before it; null: there is no more by now.</summary>
    public async ValueTask<OutputChunk?> NextAsync(CancellationToken cancellationToken)
    {
        if (_isToBeLookedAt)
        {
            _isToBeLookedAt = false;
            await HasBeenSealedAsync(cancellationToken);
        }

        while (until is null || IsOpen(OutputStream.Stdout) || IsOpen(OutputStream.Stderr))
        {
            var found = _sealed is null ? await NextOfFramesAsync(cancellationToken) : await _sealed.NextAsync(cancellationToken);
            if (found is not { } next)
            {
                if (_sealed is null && await HasBeenSealedAsync(cancellationToken))
                {
                    continue;
                }

                return MissingEnd(OutputStream.Stdout) ?? MissingEnd(OutputStream.Stderr);
            }

            var (piece, content) = next;
            var start = Math.Max(piece.Offset, _next.Of(piece.Stream));
            var end = Math.Min(piece.End, Bound(piece.Stream));
            if (start >= end)
            {
                Skip(piece.Stream);
                continue;
            }

            if (start > _next.Of(piece.Stream))
            {
                return Omit(piece.Stream, start);
            }

            Skip(piece.Stream);
            _next = _next.With(piece.Stream, end);
            return new OutputChunk(piece.Stream, start, end - start, content.Slice((int)(start - piece.Offset), (int)(end - start)), Omitted: false);
        }

        return null;
    }

    /// <summary>The piece that was found is done with; the next call finds the one behind it.</summary>
    private void Skip(OutputStream stream)
    {
        if (_sealed is not null)
        {
            _sealed.Skip();
        }
        else
        {
            Window(stream).Next();
        }
    }

    private long Bound(OutputStream stream) => Math.Min(until?.Of(stream) ?? long.MaxValue, _sealed?.Produced.Of(stream) ?? long.MaxValue);

    /// <summary>What was produced behind the last byte that is kept.</summary>
    private OutputChunk? MissingEnd(OutputStream stream) =>
        Wants(stream) && Bound(stream) is < long.MaxValue and var end && _next.Of(stream) < end ? Omit(stream, end) : null;

    private OutputChunk Omit(OutputStream stream, long end)
    {
        var start = _next.Of(stream);
        _next = _next.With(stream, end);
        return new OutputChunk(stream, start, end - start, default, Omitted: true);
    }

    private bool Wants(OutputStream stream) => selection switch
    {
        OutputSelection.Stdout => stream == OutputStream.Stdout,
        OutputSelection.Stderr => stream == OutputStream.Stderr,
        _ => true,
    };

    /// <summary>Whether more of a stream is wanted.</summary>
    private bool IsOpen(OutputStream stream) => Wants(stream) && _next.Of(stream) < (until?.Of(stream) ?? long.MaxValue);

    private FrameWindow Window(OutputStream stream) => stream == OutputStream.Stderr ? _stderr : _stdout;

    private async ValueTask<(OutputPiece Piece, ReadOnlyMemory<byte> Content)?> NextOfFramesAsync(CancellationToken cancellationToken)
    {
        if ((IsOpen(OutputStream.Stdout) && _stdout.IsUsedUp) || (IsOpen(OutputStream.Stderr) && _stderr.IsUsedUp))
        {
            await FillAsync(cancellationToken);
        }

        return (_stdout.HasPiece, _stderr.HasPiece) switch
        {
            (true, true) => _stdout.Piece.Order <= _stderr.Piece.Order ? (_stdout.Piece, _stdout.Content) : (_stderr.Piece, _stderr.Content),
            (true, false) => (_stdout.Piece, _stdout.Content),
            (false, true) => (_stderr.Piece, _stderr.Content),
            _ => null,
        };
    }

    /// <summary>
    /// Fills every window that is empty, by one statement: what it sees of both streams is of one moment. A window that is
    /// not empty is older, and has pieces that come first.
    /// </summary>
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var context = store.Read();
        await using (context)
        {
            IQueryable<OutputFrame>? wanted = null;
            foreach (var stream in (OutputStream[])[OutputStream.Stdout, OutputStream.Stderr])
            {
                if (IsOpen(stream) && !Window(stream).HasPiece)
                {
                    wanted = wanted is null ? Frames(context, stream) : wanted.Concat(Frames(context, stream));
                }
            }

            var frames = await wanted!.ToListAsync(cancellationToken);
            foreach (var stream in (OutputStream[])[OutputStream.Stdout, OutputStream.Stderr])
            {
                if (IsOpen(stream) && !Window(stream).HasPiece)
                {
                    // The piece behind the others is the next one only if none of the others was left out.
                    var ofStream = frames.Where(frame => frame.Stream == stream).OrderBy(frame => frame.Offset).ToList();
                    Window(stream).Fill(ofStream.Take(FrameWindow.MaxFrames));
                }
            }
        }
    }

    /// <summary>Frames within the next bytes of a stream, and the first one behind them, which is far behind where bytes were left out.</summary>
    private IQueryable<OutputFrame> Frames(TaskConsoleContext context, OutputStream stream)
    {
        var (first, bound) = (_next.Of(stream), until?.Of(stream) ?? long.MaxValue);
        var (before, behind) = (first - OutputFrame.MaxBytes, first + Math.Min(FrameWindow.Bytes, long.MaxValue - first));
        var frames = context.OutputFrames.Where(frame =>
            frame.CommandHostId == commandHostId && frame.Attempt == attempt && frame.Stream == stream && frame.Content != null && frame.Offset < bound);
        return frames
            .Where(frame => frame.Offset > before && frame.Offset < behind && frame.Offset + frame.Length > first)
            .OrderBy(frame => frame.Offset)
            .Take(FrameWindow.MaxFrames)
            .Concat(frames.Where(frame => frame.Offset >= behind).OrderBy(frame => frame.Offset).Take(1));
    }

    /// <summary>Whether the attempt was sealed meanwhile: then its frames are gone, and what was fetched of them may not be all.</summary>
    private async Task<bool> HasBeenSealedAsync(CancellationToken cancellationToken)
    {
        var context = store.Read();
        await using (context)
        {
            var result = await context.CommandResults
                .Where(candidate => candidate.CommandHostId == commandHostId && candidate.Attempt == attempt)
                .Select(candidate => new { candidate.OutputHash, candidate.StdoutBytes, candidate.StderrBytes })
                .SingleOrDefaultAsync(cancellationToken);
            HasEnded = result is not null;
            if (result?.OutputHash is not { } hash)
            {
                return false;
            }

            // A small output comes with its layout.
            var outputs = context.Outputs.Where(output => output.TaskId == taskId && output.Hash == hash);
            var isSmall = result is { StdoutBytes: <= SealedPieces.WindowBytes, StderrBytes: <= SealedPieces.WindowBytes };
            var output = isSmall
                ? await outputs.Select(found => new { found.Layout, Content = (byte[]?)found.Content }).SingleAsync(cancellationToken)
                : await outputs.Select(found => new { found.Layout, Content = (byte[]?)null }).SingleAsync(cancellationToken);
            _sealed = new SealedPieces(store, taskId, hash, output.Layout, output.Content ?? [], selection, _next, new OutputCursor(result.StdoutBytes, result.StderrBytes));
            _stdout.Clear();
            _stderr.Clear();
            return true;
        }
    }
}
