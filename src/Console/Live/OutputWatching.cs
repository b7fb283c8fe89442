using System.Globalization;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Live;

/// <summary>
/// Follows one output for one client. It watches before it reads and reads from where it stopped, so nothing is missed
/// between what was there and what comes.
/// </summary>
internal sealed class OutputWatching(
    Guid commandHostId, OutputSelection selection, OutputCursor from, Actor actor, EventBus events, OutputReader outputs, ITaskWatcher client, TimeProvider time)
{
    private const int SliceBytes = 128 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = events.WatchOutput(commandHostId);
        var cursor = from;
        int? attempt = null;
        var told = false;
        while (true)
        {
            var answer = await outputs.ReadAsync(commandHostId, attempt, selection, cursor, SliceBytes, actor, stop);
            if (!answer.TryGet(out var slice, out _))
            {
                return;
            }

            await SendAsync(slice, cursor, told);
            told = slice.Complete;
            attempt = slice.Attempt;
            var moved = slice.Cursor != cursor;
            cursor = slice.Cursor;
            if (moved && !slice.Complete)
            {
                continue;
            }

            var change = await watch.ReadAsync(stop);
            if (change.Attempt > attempt)
            {
                (attempt, cursor, told) = (change.Attempt, OutputCursor.Start, false);
            }

            await Task.Delay(Pause, time, stop);
        }
    }

    private async Task SendAsync(OutputSlice slice, OutputCursor before, bool told)
    {
        var cursor = before;
        for (var index = 0; index < slice.Chunks.Count; index++)
        {
            var chunk = slice.Chunks[index];
            var end = chunk.Offset + chunk.Length;
            cursor = chunk.Stream == OutputStream.Stdout ? cursor with { Stdout = end } : cursor with { Stderr = end };
            var complete = slice.Complete && index == slice.Chunks.Count - 1;
            await client.OutputAppended(new OutputAppended(
                commandHostId, slice.Attempt, chunk.Stream, chunk.Offset, chunk.Length, chunk.Omitted ? null : chunk.Content, Next(cursor), complete));
        }

        if (slice is { Complete: true, Chunks: [] } && !told)
        {
            await client.OutputAppended(new OutputAppended(
                commandHostId, slice.Attempt, Stream: null, Offset(slice.Cursor), Length: 0, Content: null, Next(slice.Cursor), Complete: true));
        }
    }

    private long Offset(OutputCursor cursor) => selection == OutputSelection.Stderr ? cursor.Stderr : cursor.Stdout;

    private string Next(OutputCursor cursor) =>
        selection == OutputSelection.Both ? cursor.ToString() : Offset(cursor).ToString(CultureInfo.InvariantCulture);
}
