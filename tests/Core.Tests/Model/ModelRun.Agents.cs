using System.Collections.Concurrent;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <content>What agents say, and what they are answered.</content>
internal sealed partial class ModelRun : IAttemptEventOrigin
{
    private readonly ConcurrentDictionary<AttemptKey, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<(AttemptKey Key, OutputStream Stream), long> _committed = new();

    // What agents have said and is not handed in yet: a run of it comes at once, so that it is folded in groups.
    private readonly List<AttemptEvent> _said = [];
    private long _order;

    public void OutputCommitted(AttemptKey key, OutputStream stream, long offset) =>
        _committed.AddOrUpdate((key, stream), offset, (_, before) => Math.Max(before, offset));

    public void EndCommitted(AttemptKey key) => _acknowledged[key] = true;

    public void BackgroundCommitted(AttemptKey key)
    {
        // No agent of the model leaves anything behind.
    }

    public void ResendNeeded(AttemptKey key, OutputStream stream, long offset)
    {
        // Whether a gap was asked for is seen from the end not being taken.
    }

    public void Refused(AttemptKey key, string why)
    {
        // That it changed nothing is seen from the rows.
    }

    /// <summary>Hands in what was said, and waits until all of it is committed.</summary>
    private async Task CommitAsync()
    {
        if (_said.Count > 0)
        {
            foreach (var said in _said)
            {
                await engine.Pipeline.SubmitAsync(said, CancellationToken.None);
            }

            _said.Clear();
            await engine.FlushAsync();
        }
    }

    private void Say(Step step, ModelTask task, ModelRow row)
    {
        var attempt = step.Twist switch { < 4 => row.Attempt - 1, < 6 => row.Attempt + 1, _ => row.Attempt };
        var host = step.Twist is 10 or 11 ? hosts[(hosts.ToList().IndexOf(row.Host) + 1) % hosts.Count] : row.Host;
        var epoch = Agent(host).Epoch - (step.Twist is 12 or 13 ? 1 : 0);
        var believed = host == row.Host && row.WasSent(attempt) && host.Connected && epoch == Agent(host).Epoch;
        var (key, known) = (task.Key(row, attempt), believed ? row.Try(attempt) : new ModelTry());
        switch (step.Kind)
        {
            case StepKind.Started:
                _said.Add(new AttemptStarted(key, Agent(host).HostId, epoch, this) { JournalSequence = 1, ClaimedAt = engine.Time.GetUtcNow(), StartedAt = engine.Time.GetUtcNow() });
                if (believed)
                {
                    task.Model.Started(row, attempt);
                }

                break;
            case StepKind.Output:
                var stream = step.Twist % 3 == 0 ? OutputStream.Stderr : OutputStream.Stdout;
                var position = known.Position[(int)stream];
                var offset = step.Twist switch { >= 90 => position + 1 + (step.Size % 5), >= 80 => Math.Max(0, position - step.Size), >= 75 => Math.Max(0, position - 3), _ => position };
                var omitted = step.Twist is >= 60 and < 65;
                Output(key, Agent(host), epoch, stream, offset, step.Size, omitted);
                known.Output(stream, offset, step.Size, omitted);
                break;
            default:
                var missing = step.Twist >= 92 ? 1 + (step.Size % 7) : 0;
                long[] produced = [0, Math.Max(known.Position[1], known.Offered[1]) + missing, Math.Max(known.Position[2], known.Offered[2])];
                var end = Finish(key, Agent(host), epoch, step.Outcome, step.ExitCode, produced);
                if (believed)
                {
                    task.Model.Finished(row, attempt, end.Status, end.Reason, produced);
                }

                break;
        }
    }

    /// <summary>The agent sends what is missing of the output, and that it ended well.</summary>
    private void Report(ModelTask task, ModelRow row)
    {
        var (key, known, agent) = (task.Key(row), row.Try(row.Attempt), Agent(row.Host));
        foreach (var stream in Enum.GetValues<OutputStream>())
        {
            var (from, length) = (known.Position[(int)stream], (int)(known.Offered[(int)stream] - known.Position[(int)stream]));
            if (length > 0)
            {
                Output(key, agent, agent.Epoch, stream, from, length, omitted: false);
                known.Output(stream, from, length, omitted: false);
            }
        }

        long[] produced = [.. known.Position];
        var (status, reason) = Finish(key, agent, agent.Epoch, AttemptOutcome.Exited, 0, produced);
        task.Model.Finished(row, row.Attempt, status, reason, produced);
    }

    private void Output(AttemptKey key, TestAgent agent, long epoch, OutputStream stream, long offset, int length, bool omitted) =>
        _said.Add(new AttemptOutput(key, agent.HostId, epoch, this)
        {
            Stream = stream,
            Offset = offset,
            Length = length,
            Order = ++_order,
            Content = omitted ? (ReadOnlyMemory<byte>?)null : Produced(key, stream, offset, length),
        });

    private (CommandHostStatus Status, Reason? Reason) Finish(AttemptKey key, TestAgent agent, long epoch, AttemptOutcome outcome, int exitCode, long[] produced)
    {
        var end = new AttemptFinished(key, agent.HostId, epoch, this)
        {
            Outcome = outcome,
            ExitCode = outcome == AttemptOutcome.Exited ? exitCode : null,
            JournalSequence = 1,
            StartedAt = outcome is AttemptOutcome.Refused or AttemptOutcome.StartFailed ? null : engine.Time.GetUtcNow(),
            FinishedAt = engine.Time.GetUtcNow(),
            StdoutBytes = produced[1],
            StderrBytes = produced[2],
        };
        _said.Add(end);
        return AttemptVerdict.Of(end);
    }

    private Task HelloAsync(Step step, ModelHost host)
    {
        var entries = new List<(ModelTask Task, ModelRow Row, JournalState State)>();
        var places = tasks.SelectMany(task => task.Model.Rows.Select(row => (Task: task, Row: row))).Select((place, at) => (place.Task, place.Row, At: at));
        foreach (var (task, row, place) in places)
        {
            // Its own, mostly; now and then what belongs to another host, was never sent, or has ended.
            if (((step.Size >> (place % 10)) & 1) == 1 && (row.Host == host || step.Twist >= 90))
            {
                entries.Add((task, row, (JournalState)((step.Twist >> (place % 5)) % 3)));
            }
        }

        return HelloAsync(host, entries, sameJournal: step.Twist % 7 != 0);
    }

    private async Task HelloAsync(ModelHost host, IEnumerable<(ModelTask Task, ModelRow Row, JournalState State)> held, bool sameJournal)
    {
        var (journal, agent, now) = (held.ToList(), Agent(host), engine.Time.GetUtcNow());
        agent.JournalId = sameJournal ? agent.JournalId : Guid.NewGuid().ToByteArray();
        var opening = await agent.HelloAsync([.. journal.Select(entry => new JournalEntryReport(entry.Task.Key(entry.Row), entry.State, 1, entry.State == JournalState.Claimed ? null : now))]);
        (host.Connected, host.ConnectedAt) = (true, now);
        var known = journal.ConvertAll(entry => entry.Row.Host == host && entry.Row.WasSent(entry.Row.Attempt) && !entry.Row.Try(entry.Row.Attempt).Ended);
        foreach (var task in tasks)
        {
            task.Model.Back(host, journal.Where(entry => entry.Task == task).ToDictionary(entry => entry.Row, entry => entry.State), sameJournal);
        }

        var waiting = tasks.SelectMany(task => task.Model.Rows
            .Where(row => row.Host == host && row.Status == CommandHostStatus.Dispatched && !journal.Exists(entry => entry.Row == row))
            .Select(row => (Key: task.Key(row), Killed: task.Model.IsToBeKilled(row)))).OrderBy(row => row.Key.CommandHostId).ToList();
        Assert.Equal(waiting.Where(row => !row.Killed).Select(row => row.Key), opening.Executes.Select(order => order.Key).OrderBy(key => key.CommandHostId));
        Assert.Equal(waiting.Where(row => row.Killed).Select(row => row.Key), opening.Cancels.Select(order => order.Key).OrderBy(key => key.CommandHostId));
        foreach (var ((entry, answer), isKnown) in journal.Zip(opening.Attempts).Zip(known))
        {
            Assert.Equal(
                !isKnown ? ReconcileVerdict.Forget : entry.Task.Model.IsToBeKilled(entry.Row) && entry.State != JournalState.Ended ? ReconcileVerdict.Cancel : ReconcileVerdict.Keep,
                answer.Verdict);
            var position = isKnown ? entry.Row.Try(entry.Row.Attempt).Position : new long[3];
            Assert.Equal((position[1], position[2]), (answer.StdoutOffset, answer.StderrOffset));
        }
    }

    private static byte[] Produced(AttemptKey key, OutputStream stream, long offset, int length) =>
        [.. Enumerable.Range(0, length).Select(at => Produced(key, stream, offset + at))];

    private static byte Produced(AttemptKey key, OutputStream stream, long at) =>
        (byte)((key.Attempt * 7) + ((int)stream * 101) + (at * 13) + (at >> 8));
}
