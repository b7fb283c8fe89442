using System.Globalization;
using TaskConsole.Core.Access;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Api.Outputs;

/// <summary>All of an output that is kept from an address on, with what its headers say.</summary>
/// <param name="Chunks">In order, neighbouring omissions folded into one.</param>
/// <param name="Begin">Where the answer begins: an offset, or a cursor for both streams.</param>
/// <param name="Next">Where to go on.</param>
/// <param name="Complete">Nothing follows.</param>
internal sealed record GatheredOutput(IReadOnlyList<OutputChunk> Chunks, string Begin, string Next, bool Complete);

/// <summary>Reads an output from an address to the end of what is committed. Its size is bounded by <c>Output:Kept*Bytes</c>.</summary>
internal static class OutputGathering
{
    private const int SliceBytes = 1024 * 1024;

    public static async Task<Answer<GatheredOutput>> GatherAsync(
        OutputReader outputs, Guid commandHostId, OutputAddress address, Actor actor, CancellationToken cancellationToken)
    {
        var chunks = new List<OutputChunk>();
        var cursor = address.From;
        var attempt = address.Attempt;
        while (true)
        {
            var answer = await outputs.ReadAsync(commandHostId, attempt, address.Selection, cursor, SliceBytes, actor, cancellationToken);
            if (!answer.TryGet(out var slice, out var problem))
            {
                return problem;
            }

            slice.Chunks.ToList().ForEach(chunk => Add(chunks, chunk));
            var still = slice.Cursor == cursor;
            cursor = slice.Cursor;
            attempt = slice.Attempt;
            if (slice.Complete || still)
            {
                return Fold(chunks, address, cursor, slice.Complete);
            }
        }
    }

    private static GatheredOutput Fold(List<OutputChunk> chunks, OutputAddress address, OutputCursor next, bool complete)
    {
        if (address.GoesOn && chunks is [{ Omitted: true }, ..])
        {
            chunks.RemoveAt(0);
        }

        var begin = (address.Selection, chunks) switch
        {
            (OutputSelection.Both, _) => address.From.ToString(),
            (_, [var first, ..]) => Text(first.Offset),
            _ => Offset(address.Selection, next),
        };
        var after = address.Selection == OutputSelection.Both ? next.ToString() : Offset(address.Selection, next);
        return new GatheredOutput(chunks, begin, after, complete);
    }

    private static string Offset(OutputSelection selection, OutputCursor cursor) =>
        Text(selection == OutputSelection.Stderr ? cursor.Stderr : cursor.Stdout);

    private static string Text(long offset) => offset.ToString(CultureInfo.InvariantCulture);

    private static void Add(List<OutputChunk> chunks, OutputChunk chunk)
    {
        if (chunk.Omitted && chunks is [.., { Omitted: true } last] && last.Stream == chunk.Stream)
        {
            chunks[^1] = last with { Length = last.Length + chunk.Length };
        }
        else
        {
            chunks.Add(chunk);
        }
    }
}
