using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <content>Where engine and model have come to rest, they say the same.</content>
internal sealed partial class ModelRun
{
    private readonly Dictionary<Guid, CommandHostStatus> _ended = [];

    /// <summary>Rows, counters, verdict and results equal those of the model; what has ended stays so; nothing was acknowledged that is not in the store.</summary>
    private async Task CompareAsync()
    {
        await CommitAsync();
        foreach (var task in tasks)
        {
            Compare(task.Model, await reader.TaskAsync(task.Id), await reader.RowsAsync(task.Id));
        }

        var tries = tasks.SelectMany(task => task.Tries).ToDictionary(known => known.Key, known => known.Try);
        foreach (var key in _acknowledged.Keys)
        {
            Assert.True(tries[key].Ended, $"The end of {key} was acknowledged and is not in the store.");
        }

        foreach (var ((key, stream), offset) in _committed)
        {
            Assert.True(tries[key].Ended || offset <= tries[key].Position[(int)stream], $"{key} {stream} up to {offset} was acknowledged and is not in the store.");
        }
    }

    private void Compare(TaskModel model, OpsTask task, List<CommandHost> rows)
    {
        Assert.Equal(
            model.Rows.Select(row => $"{row.Command}: {row.Status} {row.Reason} #{row.Attempt}"),
            rows.Select(row => $"{row.CommandIndex}: {row.Status} {row.Reason} #{row.Attempt}"));
        EngineTests.AssertCounters(task, rows);
        Assert.Equal((model.Status, model.Canceled, model.TimedOut), (task.Status, task.CancelRequestedAt is not null, task.TimedOutAt is not null));
        foreach (var (row, expected) in rows.Zip(model.Rows))
        {
            Assert.Equal(row.Status.IsActive() || expected.Held ? row.HostId : null, row.ActiveHostId);
            Assert.Equal(row.Status == CommandHostStatus.Pending ? expected.ReadyAt : row.ReadyAt, row.ReadyAt);
            Assert.Equal(row.Status == CommandHostStatus.Pending && expected.ReadyAt is not null ? row.TaskId : null, row.ReadyTaskId);
            if (_ended.TryGetValue(row.Id, out var before))
            {
                Assert.True(row.Status == before || before == CommandHostStatus.Failed, $"{before} became {row.Status}");
            }

            if (row.Status.IsTerminal())
            {
                _ended[row.Id] = row.Status;
            }
        }
    }

    /// <summary>One result for each ended attempt and no other; each byte that must be kept is read back as it was produced.</summary>
    private async Task CompareOutputAsync()
    {
        var tries = tasks.SelectMany(task => task.Tries).ToList();
        Assert.Equal(
            tries.Where(known => known.Try.Ended).Select(known => known.Key).OrderBy(key => key.CommandHostId).ThenBy(key => key.Attempt),
            (await reader.ResultsAsync()).OrderBy(key => key.CommandHostId).ThenBy(key => key.Attempt));
        foreach (var (key, known) in tries)
        {
            foreach (var stream in Enum.GetValues<OutputStream>().Where(stream => known.Position[(int)stream] > 0))
            {
                var selection = stream == OutputStream.Stdout ? OutputSelection.Stdout : OutputSelection.Stderr;
                var slice = (await engine.Outputs.ReadAsync(key.CommandHostId, key.Attempt, selection, default, int.MaxValue, TestEngine.Me, CancellationToken.None)).Value;
                AssertOutput(key, stream, known, slice);
            }
        }
    }

    private void AssertOutput(AttemptKey key, OutputStream stream, ModelTry known, OutputSlice slice)
    {
        var end = known.Ended ? known.Produced[(int)stream] : known.Position[(int)stream];
        var (head, tail) = (Math.Min(limits.KeptHeadBytes, end), Math.Max(limits.KeptHeadBytes, end - limits.KeptTailBytes));
        bool IsOmitted(long at) => known.Omitted.Exists(gap => gap.Stream == stream && gap.From <= at && at < gap.To);
        bool IsKept(long at) => (at < head || at >= tail) && !IsOmitted(at);
        var position = 0L;
        foreach (var chunk in slice.Chunks)
        {
            Assert.Equal((stream, position), (chunk.Stream, chunk.Offset));
            Assert.True(chunk.Length > 0);
            for (var at = chunk.Offset; at < chunk.Offset + chunk.Length; at++)
            {
                var kept = IsKept(at);
                if (chunk.Omitted ? kept : chunk.Content.Span[(int)(at - chunk.Offset)] != Produced(key, stream, at) || (!kept && (known.Ended || IsOmitted(at))))
                {
                    Assert.Fail($"Byte {at} of {key} {stream} is {(chunk.Omitted ? "left out" : chunk.Content.Span[(int)(at - chunk.Offset)])}; it must {(kept ? $"be {Produced(key, stream, at)}" : "not be kept")}.");
                }
            }

            position += chunk.Length;
        }

        // While it runs, what was left out last is not told of before something follows it.
        Assert.True(position == end || (!known.Ended && Enumerable.Range((int)position, (int)(end - position)).All(at => !IsKept(at))), $"{key} {stream} is read up to {position} of {end}.");
    }
}
