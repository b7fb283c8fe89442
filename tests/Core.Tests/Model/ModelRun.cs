using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>Takes the engine and the model through the same steps, and compares them wherever both have come to rest.</summary>
internal sealed class ModelRun(TestEngine engine, TaskModel model, Guid taskId, IReadOnlyList<CommandHost> rows, IReadOnlyList<TestAgent> agents, OutputOptions limits) : IAttemptEventOrigin
{
    private readonly ConcurrentDictionary<AttemptKey, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<(AttemptKey Key, OutputStream Stream), long> _committed = new();
    private readonly Dictionary<Guid, CommandHostStatus> _ended = [];
    private long _order;

    public async Task TakeAsync(Step step)
    {
        var row = model.Rows[step.Row % model.Rows.Count];
        switch (step.Kind)
        {
            case StepKind.Started or StepKind.Output or StepKind.Finished:
                await SubmitAsync(step, row);
                return;
            case StepKind.Dispatch:
                await CompareAsync();
                engine.Gateway.Executes.Clear();
                await engine.DispatchAsync();
                Assert.Equal(
                    model.Dispatch().Select(sent => Key(sent, sent.Attempt)),
                    engine.Gateway.Executes.Select(order => order.Key).OrderBy(key => key.CommandHostId));
                break;
            case StepKind.CancelTask or StepKind.CancelHost:
                await CompareAsync();
                var host = step.Kind == StepKind.CancelTask ? (int?)null : row.Host;
                var answer = await engine.Tasks.CancelAsync(taskId, host is { } one ? [agents[one].HostId] : null, TestEngine.Me, CancellationToken.None);
                Assert.Equal(model.Cancel(host), answer.Problem is null);
                break;
            case StepKind.Disconnect when model.Connected[row.Host]:
                await CompareAsync();
                model.Disconnect(row.Host);
                await agents[row.Host].ByeAsync();
                break;
            case StepKind.Hello:
                await CompareAsync();
                await HelloAsync(step, row.Host);
                break;
            case StepKind.Sweep:
                await CompareAsync();
                engine.Time.Advance(TimeSpan.FromSeconds(300));
                await engine.Background<DeadlineSweeper>().SweepAsync(CancellationToken.None);
                model.Sweep();
                break;
        }

        await CompareAsync();
    }

    /// <summary>Rows, counters, verdict and results equal those of the model; what has ended stays so; nothing was acknowledged that is not in the store.</summary>
    public async Task CompareAsync()
    {
        await engine.FlushAsync();
        var (real, task) = (await engine.RowsAsync(taskId), await engine.TaskAsync(taskId));
        Assert.Equal(
            model.Rows.Select(row => $"{row.Host}/{row.Command}: {row.Status} {row.Reason} #{row.Attempt}"),
            real.Select((row, place) => $"{model.Rows[place].Host}/{row.CommandIndex}: {row.Status} {row.Reason} #{row.Attempt}"));
        EngineTests.AssertCounters(task, real);
        Assert.Equal(model.Status, task.Status);
        Assert.Equal(model.Canceled, task.CancelRequestedAt is not null);
        foreach (var (row, place) in real.Select((row, place) => (row, place)))
        {
            Assert.Equal(row.Status.IsActive() || model.Rows[place].FoundAlive || model.Rows[place].Unknown ? row.HostId : null, row.ActiveHostId);
            if (_ended.TryGetValue(row.Id, out var before))
            {
                Assert.True(row.Status == before || before == CommandHostStatus.Failed, $"{before} became {row.Status}");
            }

            if (row.Status.IsTerminal())
            {
                _ended[row.Id] = row.Status;
            }
        }

        var tries = Tries().ToDictionary(known => known.Key, known => known.Try);
        Assert.All(_acknowledged.Keys, key => Assert.True(tries[key].Ended, $"The end of {key} was acknowledged and is not in the store."));
        Assert.All(_committed, committed =>
        {
            var known = tries[committed.Key.Key];
            Assert.True(known.Ended || committed.Value <= known.Position[(int)committed.Key.Stream], $"{committed} was acknowledged and is not in the store.");
        });
    }

    /// <summary>One result for each ended attempt and no other; each byte that must be kept is read back as it was produced.</summary>
    public async Task CompareOutputAsync()
    {
        await using var context = engine.Read();
        var results = await context.CommandResults.Where(result => result.TaskId == taskId).ToListAsync();
        Assert.Equal(
            Tries().Where(known => known.Try.Ended).Select(known => known.Key).OrderBy(key => key.CommandHostId).ThenBy(key => key.Attempt),
            results.Select(result => new AttemptKey(result.CommandHostId, result.Attempt)).OrderBy(key => key.CommandHostId).ThenBy(key => key.Attempt));
        foreach (var (key, known) in Tries())
        {
            foreach (var stream in Enum.GetValues<OutputStream>())
            {
                var selection = stream == OutputStream.Stdout ? OutputSelection.Stdout : OutputSelection.Stderr;
                var slice = (await engine.Outputs.ReadAsync(key.CommandHostId, key.Attempt, selection, default, int.MaxValue, TestEngine.Me, CancellationToken.None)).Value;
                AssertOutput(key, stream, known, slice);
            }
        }
    }

    public void OutputCommitted(AttemptKey key, OutputStream stream, long offset) =>
        _committed.AddOrUpdate((key, stream), offset, (_, before) => Math.Max(before, offset));

    public void EndCommitted(AttemptKey key) => _acknowledged[key] = true;

    public void ResendNeeded(AttemptKey key, OutputStream stream, long offset)
    {
        // Whether a gap was asked for is seen from the end not being taken.
    }

    public void Refused(AttemptKey key, string why)
    {
        // That it changed nothing is seen from the rows.
    }

    private async Task SubmitAsync(Step step, ModelRow row)
    {
        var attempt = step.Twist switch { < 4 => row.Attempt - 1, < 6 => row.Attempt + 1, _ => row.Attempt };
        var host = step.Twist is 10 or 11 ? (row.Host + 1) % agents.Count : row.Host;
        var epoch = agents[host].Epoch - (step.Twist is 12 or 13 ? 1 : 0);
        var believed = host == row.Host && row.WasSent(attempt) && model.Connected[host] && epoch == agents[host].Epoch;
        var (key, known) = (Key(row, attempt), believed ? row.Try(attempt) : new ModelTry());
        switch (step.Kind)
        {
            case StepKind.Started:
                await engine.Pipeline.SubmitAsync(
                    new AttemptStarted(key, agents[host].HostId, epoch, this) { JournalSequence = 1, ClaimedAt = engine.Time.GetUtcNow(), StartedAt = engine.Time.GetUtcNow() },
                    CancellationToken.None);
                if (believed)
                {
                    model.Started(row, attempt);
                }

                break;
            case StepKind.Output:
                var stream = step.Twist % 3 == 0 ? OutputStream.Stderr : OutputStream.Stdout;
                var position = known.Position[(int)stream];
                var offset = step.Twist switch { >= 90 => position + 1 + (step.Size % 5), >= 80 => Math.Max(0, position - step.Size), >= 75 => Math.Max(0, position - 3), _ => position };
                var omitted = step.Twist is >= 60 and < 65;
                await engine.Pipeline.SubmitAsync(
                    new AttemptOutput(key, agents[host].HostId, epoch, this)
                    {
                        Stream = stream,
                        Offset = offset,
                        Length = step.Size,
                        Order = ++_order,
                        Content = omitted ? (ReadOnlyMemory<byte>?)null : Produced(key, stream, offset, step.Size),
                    },
                    CancellationToken.None);
                known.Output(stream, offset, step.Size, omitted);
                break;
            default:
                var missing = step.Twist >= 92 ? 1 + (step.Size % 7) : 0;
                long[] produced = [0, Math.Max(known.Position[1], known.Offered[1]) + missing, Math.Max(known.Position[2], known.Offered[2])];
                var end = new AttemptFinished(key, agents[host].HostId, epoch, this)
                {
                    Outcome = step.Outcome,
                    ExitCode = step.Outcome == AttemptOutcome.Exited ? step.ExitCode : null,
                    JournalSequence = 1,
                    StartedAt = step.Outcome is AttemptOutcome.Refused or AttemptOutcome.StartFailed ? null : engine.Time.GetUtcNow(),
                    FinishedAt = engine.Time.GetUtcNow(),
                    StdoutBytes = produced[1],
                    StderrBytes = produced[2],
                };
                await engine.Pipeline.SubmitAsync(end, CancellationToken.None);
                if (believed)
                {
                    var (status, reason) = AttemptVerdict.Of(end);
                    model.Finished(row, attempt, status, reason, produced);
                }

                break;
        }
    }

    private async Task HelloAsync(Step step, int host)
    {
        var journal = new Dictionary<ModelRow, bool>();
        var entries = new List<JournalEntryReport>();
        foreach (var (row, place) in model.Rows.Select((row, place) => (row, place)))
        {
            // Its own, mostly; now and then what belongs to another host, was never sent, or has ended.
            if (((step.Size >> (place % 10)) & 1) == 1 && (row.Host == host || step.Twist >= 90))
            {
                var started = ((step.Twist >> (place % 5)) & 1) == 1;
                entries.Add(new JournalEntryReport(Key(row, row.Attempt), started ? JournalState.Running : JournalState.Claimed, 1, started ? engine.Time.GetUtcNow() : null));
                journal[row] = started;
            }
        }

        var sameJournal = step.Twist % 7 != 0;
        agents[host].JournalId = sameJournal ? agents[host].JournalId : Guid.NewGuid().ToByteArray();
        var opening = await agents[host].HelloAsync([.. entries]);
        model.Hello(host, journal, sameJournal);
        var waiting = model.Rows.Where(row => row.Host == host && row.Status == CommandHostStatus.Dispatched && !journal.ContainsKey(row)).ToList();
        Assert.Equal(
            waiting.Where(row => !row.CancelRequested).Select(row => Key(row, row.Attempt)),
            opening.Executes.Select(order => order.Key).OrderBy(key => key.CommandHostId));
        Assert.Equal(
            waiting.Where(row => row.CancelRequested).Select(row => Key(row, row.Attempt)),
            opening.Cancels.Select(order => order.Key).OrderBy(key => key.CommandHostId));
        foreach (var (entry, answer) in entries.Zip(opening.Attempts))
        {
            var row = model.Rows.Single(row => Key(row, row.Attempt) == entry.Key);
            var known = row.Host == host && row.WasSent(row.Attempt) && !row.Try(row.Attempt).Ended;
            Assert.Equal(
                !known ? ReconcileVerdict.Forget : row.CancelRequested || model.Canceled ? ReconcileVerdict.Cancel : ReconcileVerdict.Keep,
                answer.Verdict);
            if (known)
            {
                Assert.Equal((row.Try(row.Attempt).Position[1], row.Try(row.Attempt).Position[2]), (answer.StdoutOffset, answer.StderrOffset));
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
                if (chunk.Omitted)
                {
                    Assert.False(kept, $"Byte {at} of {key} {stream} must be kept.");
                }
                else
                {
                    Assert.Equal(Produced(key, stream, at), chunk.Content.Span[(int)(at - chunk.Offset)]);
                    Assert.True(kept || (!known.Ended && !IsOmitted(at)), $"Byte {at} of {key} {stream} must not be kept.");
                }
            }

            position += chunk.Length;
        }

        // While it runs, what was left out last is not told of before something follows it.
        Assert.True(position == end || (!known.Ended && Enumerable.Range((int)position, (int)(end - position)).All(at => !IsKept(at))), $"{key} {stream} is read up to {position} of {end}.");
    }

    private IEnumerable<(AttemptKey Key, ModelTry Try)> Tries() =>
        model.Rows.SelectMany(row => row.Tries.Select(known => (Key(row, known.Key), known.Value)));

    private AttemptKey Key(ModelRow row, int attempt) => new(rows[model.Rows.ToList().IndexOf(row)].Id, attempt);

    private static byte[] Produced(AttemptKey key, OutputStream stream, long offset, int length) =>
        [.. Enumerable.Range(0, length).Select(at => Produced(key, stream, offset + at))];

    private static byte Produced(AttemptKey key, OutputStream stream, long at) =>
        (byte)((key.Attempt * 7) + ((int)stream * 101) + (at * 13) + (at >> 8));
}
