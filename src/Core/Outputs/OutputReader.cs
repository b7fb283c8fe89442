using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Access;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Outputs;

/// <summary>
/// Reads output by its address (CommandHost, attempt, stream, offset), the same while it runs and after it ended.
/// A viewer reads from its cursor, watches <see cref="Events.EventBus.WatchOutput"/> and reads again: no gap is possible.
/// </summary>
public sealed class OutputReader
{
    private readonly Store _store;
    private readonly AccessPolicy _access;

    internal OutputReader(Store store, AccessPolicy access)
    {
        _store = store;
        _access = access;
    }

    /// <summary>Reads what is committed from <paramref name="cursor"/> on, at most about <paramref name="maxBytes"/> (at least one chunk when there is one).</summary>
    /// <param name="commandHostId">Whose.</param>
    /// <param name="attempt">Null: the attempt that counts now.</param>
    /// <param name="selection">Which streams.</param>
    /// <param name="cursor">Address of the first byte wanted; one in an omitted part answers from behind it.</param>
    /// <param name="maxBytes">Soft limit of the answer.</param>
    /// <param name="actor">Who reads.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<Answer<OutputSlice>> ReadAsync(
        Guid commandHostId,
        int? attempt,
        OutputSelection selection,
        OutputCursor cursor,
        int maxBytes,
        Actor actor,
        CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.ReadTasks) is { } forbidden)
        {
            return forbidden;
        }

        var context = _store.Read();
        await using (context)
        {
            var row = await context.CommandHosts.SingleOrDefaultAsync(candidate => candidate.Id == commandHostId, cancellationToken);
            if (row is null)
            {
                return new Problem.NotFound($"There is no CommandHost {commandHostId}.");
            }

            var number = attempt ?? row.Attempt;
            if (number < 1 || number > row.Attempt)
            {
                return new Problem.NotFound($"CommandHost {commandHostId} has no attempt {number}; the last is {row.Attempt}.");
            }

            // Frames before the result: what is sealed between the two reads is then read sealed.
            var frames = await FramesAsync(context, commandHostId, number, selection, cursor, maxBytes, cancellationToken);
            var result = await context.CommandResults
                .Where(candidate => candidate.CommandHostId == commandHostId && candidate.Attempt == number)
                .Select(candidate => new { candidate.OutputHash, candidate.StdoutBytes, candidate.StderrBytes })
                .SingleOrDefaultAsync(cancellationToken);
            if (result is { OutputHash: { } hash })
            {
                var output = await context.Outputs.SingleAsync(candidate => candidate.TaskId == row.TaskId && candidate.Hash == hash, cancellationToken);
                return Slice(number, Pieces(output, selection, cursor), cursor, maxBytes, ended: true, (result.StdoutBytes, result.StderrBytes), selection);
            }

            var ended = result is not null || number < row.Attempt || row.Status.IsTerminal();
            return Slice(number, frames, cursor, maxBytes, ended, null, selection);
        }
    }

    private static async Task<List<OutputChunk>> FramesAsync(
        TaskConsoleContext context,
        Guid commandHostId,
        int attempt,
        OutputSelection selection,
        OutputCursor cursor,
        int maxBytes,
        CancellationToken cancellationToken)
    {
        var frames = context.OutputFrames.Where(frame => frame.CommandHostId == commandHostId && frame.Attempt == attempt && frame.Content != null);
        frames = selection switch
        {
            OutputSelection.Stdout => frames.Where(frame => frame.Stream == OutputStream.Stdout && frame.Offset + frame.Length > cursor.Stdout),
            OutputSelection.Stderr => frames.Where(frame => frame.Stream == OutputStream.Stderr && frame.Offset + frame.Length > cursor.Stderr),
            _ => frames.Where(frame =>
                (frame.Stream == OutputStream.Stdout && frame.Offset + frame.Length > cursor.Stdout)
                || (frame.Stream == OutputStream.Stderr && frame.Offset + frame.Length > cursor.Stderr)),
        };
        var chunks = new List<OutputChunk>();
        var bytes = 0L;
        var ordered = selection == OutputSelection.Both ? frames.OrderBy(frame => frame.Order) : frames.OrderBy(frame => frame.Offset);
        await foreach (var frame in ordered.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            bytes += frame.Length;
            chunks.Add(new OutputChunk(frame.Stream, frame.Offset, frame.Length, frame.Order, frame.Content, Omitted: false));

            // The one over the limit comes along: it tells Slice that more follows.
            if (bytes > maxBytes && chunks.Count > 1)
            {
                break;
            }
        }

        return chunks;
    }

    private static IEnumerable<OutputChunk> Pieces(SealedOutput output, OutputSelection selection, OutputCursor cursor)
    {
        var chunks = new List<OutputChunk>();
        var position = 0;
        foreach (var piece in OutputLayout.Read(output.Layout))
        {
            var from = piece.Stream == OutputStream.Stdout ? cursor.Stdout : cursor.Stderr;
            if (Wanted(piece.Stream, selection) && piece.Offset + piece.Length > from)
            {
                chunks.Add(new OutputChunk(piece.Stream, piece.Offset, piece.Length, piece.Order, output.Content.AsMemory(position, (int)piece.Length), Omitted: false));
            }

            position += (int)piece.Length;
        }

        return selection == OutputSelection.Both ? chunks : chunks.OrderBy(chunk => chunk.Offset);
    }

    /// <summary>Cuts the first chunk at the cursor, names what was left out between chunks, and stops at the limit.</summary>
    private static OutputSlice Slice(
        int attempt,
        IEnumerable<OutputChunk> chunks,
        OutputCursor cursor,
        int maxBytes,
        bool ended,
        (long Stdout, long Stderr)? produced,
        OutputSelection selection)
    {
        var answer = new List<OutputChunk>();
        long[] next = [0, cursor.Stdout, cursor.Stderr];
        var bytes = 0L;
        var all = true;
        foreach (var chunk in chunks)
        {
            if (bytes > 0 && bytes + chunk.Length > maxBytes)
            {
                all = false;
                break;
            }

            ref var from = ref next[(int)chunk.Stream];
            if (chunk.Offset > from)
            {
                answer.Add(new OutputChunk(chunk.Stream, from, chunk.Offset - from, chunk.Order, default, Omitted: true));
                from = chunk.Offset;
            }

            var skip = (int)(from - chunk.Offset);
            answer.Add(skip == 0 ? chunk : chunk with { Offset = from, Length = chunk.Length - skip, Content = chunk.Content[skip..] });
            bytes += chunk.Length;
            from = chunk.Offset + chunk.Length;
        }

        if (all && produced is { } totals)
        {
            AddMissingEnd(answer, next, OutputStream.Stdout, totals.Stdout, selection);
            AddMissingEnd(answer, next, OutputStream.Stderr, totals.Stderr, selection);
        }

        return new OutputSlice(attempt, answer, new OutputCursor(next[1], next[2]), all && ended);
    }

    private static void AddMissingEnd(List<OutputChunk> answer, long[] next, OutputStream stream, long produced, OutputSelection selection)
    {
        ref var from = ref next[(int)stream];
        if (Wanted(stream, selection) && from < produced)
        {
            answer.Add(new OutputChunk(stream, from, produced - from, long.MaxValue, default, Omitted: true));
            from = produced;
        }
    }

    private static bool Wanted(OutputStream stream, OutputSelection selection) => selection switch
    {
        OutputSelection.Stdout => stream == OutputStream.Stdout,
        OutputSelection.Stderr => stream == OutputStream.Stderr,
        _ => true,
    };
}
