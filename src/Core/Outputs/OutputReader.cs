using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
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
    /// <summary>Chunks of a slice at most, however few bytes they have.</summary>
    private const int MaxChunks = 4_096;

    private readonly Store _store;
    private readonly ActDoor _acts;

    internal OutputReader(ActDoor acts, Store store)
    {
        _store = store;
        _acts = acts;
    }

    /// <summary>Reads what is committed from <paramref name="cursor"/> on, at most about <paramref name="maxBytes"/> and 4,096 chunks (at least one chunk when there is one).</summary>
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
        var answer = await FindAsync(commandHostId, attempt, actor, cancellationToken);
        if (!answer.TryGet(out var found, out var problem))
        {
            return problem;
        }

        var source = new OutputSource(_store, commandHostId, found.TaskId, found.Attempt, found.HasEnded, selection, cursor);
        var chunks = new List<OutputChunk>();
        var bytes = 0L;
        while (await source.NextAsync(cancellationToken) is { } chunk)
        {
            var more = chunk.Omitted ? 0 : chunk.Length;
            if (chunks.Count == MaxChunks || (bytes > 0 && bytes + more > maxBytes))
            {
                return new OutputSlice(found.Attempt, chunks, cursor, Complete: false);
            }

            chunks.Add(chunk);
            bytes += more;
            cursor = cursor.With(chunk.Stream, chunk.Offset + chunk.Length);
        }

        return new OutputSlice(found.Attempt, chunks, cursor, found.HasEnded || source.HasEnded);
    }

    /// <summary>Opens what is committed from <paramref name="from"/> on, to be read piece by piece: nothing of it is held but the piece that is read.</summary>
    /// <param name="commandHostId">Whose.</param>
    /// <param name="attempt">Null: the attempt that counts now.</param>
    /// <param name="selection">Which streams.</param>
    /// <param name="from">Address of the first byte wanted; one in an omitted part answers from behind it.</param>
    /// <param name="actor">Who reads.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    public async Task<Answer<OutputContent>> OpenAsync(
        Guid commandHostId,
        int? attempt,
        OutputSelection selection,
        OutputCursor from,
        Actor actor,
        CancellationToken cancellationToken)
    {
        var answer = await FindAsync(commandHostId, attempt, actor, cancellationToken);
        if (!answer.TryGet(out var found, out var problem))
        {
            return problem;
        }

        var (next, hasEnded) = await EndAsync(commandHostId, found.Attempt, selection, from, cancellationToken);
        var source = new OutputSource(_store, commandHostId, found.TaskId, found.Attempt, found.HasEnded || hasEnded, selection, from, next);
        return new OutputContent(found.Attempt, Chunks(source, CancellationToken.None), next, found.HasEnded || hasEnded);
    }

    private static async IAsyncEnumerable<OutputChunk> Chunks(OutputSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await source.NextAsync(cancellationToken) is { } chunk)
        {
            yield return chunk;
        }
    }

    private Task<Answer<Found>> FindAsync(Guid commandHostId, int? attempt, Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<Found>(
        Act.ReadOutput,
        actor,
        async context =>
        {
            var row = await context.CommandHosts.SingleOrDefaultAsync(candidate => candidate.Id == commandHostId, cancellationToken);
            if (row is null)
            {
                return new Problem.NotFound(TaskProblemCode.CommandHostNotFound, ("id", commandHostId));
            }

            var number = attempt ?? row.Attempt;
            return number < 1 || number > row.Attempt
                ? new Problem.NotFound(TaskProblemCode.AttemptNotFound, ("id", commandHostId), ("attempt", number), ("last", row.Attempt))
                : new Found(row.TaskId, number, number < row.Attempt || row.Status.IsTerminal());
        });

    /// <summary>First byte of each stream behind what is there by now, and whether nothing follows.</summary>
    private async Task<(OutputCursor End, bool HasEnded)> EndAsync(Guid commandHostId, int attempt, OutputSelection selection, OutputCursor from, CancellationToken cancellationToken)
    {
        var context = _store.Read();
        await using (context)
        {
            // Frames are read before the result: output that is sealed between the two reads is then read sealed.
            var ends = await context.OutputFrames
                .Where(frame => frame.CommandHostId == commandHostId && frame.Attempt == attempt && frame.Content != null)
                .GroupBy(frame => frame.Stream)
                .Select(group => new { Stream = group.Key, End = group.Max(frame => frame.Offset + frame.Length) })
                .ToListAsync(cancellationToken);
            var result = await context.CommandResults
                .Where(candidate => candidate.CommandHostId == commandHostId && candidate.Attempt == attempt)
                .Select(candidate => new { candidate.OutputHash, candidate.StdoutBytes, candidate.StderrBytes })
                .SingleOrDefaultAsync(cancellationToken);
            var end = result is { OutputHash: not null }
                ? new OutputCursor(result.StdoutBytes, result.StderrBytes)
                : ends.Aggregate(default(OutputCursor), (cursor, stream) => cursor.With(stream.Stream, stream.End));
            return (
                new OutputCursor(
                    selection == OutputSelection.Stderr ? from.Stdout : Math.Max(from.Stdout, end.Stdout),
                    selection == OutputSelection.Stdout ? from.Stderr : Math.Max(from.Stderr, end.Stderr)),
                result is not null);
        }
    }

    /// <param name="TaskId">Of the CommandHost.</param>
    /// <param name="Attempt">Its number.</param>
    /// <param name="HasEnded">By the row: another attempt followed, or the server settled it.</param>
    private sealed record Found(Guid TaskId, int Attempt, bool HasEnded);
}
