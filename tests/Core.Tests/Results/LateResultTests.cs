using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>What counts of an agent's word, from whom, and when it comes late.</summary>
public abstract class LateResultTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_result_is_acknowledged_once_committed_and_again_for_each_repeat()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await a.FinishedAsync(Key(rows[0]));
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await Engine.FlushAsync();
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
        Assert.InRange(a.Answers.Count(answer => answer == "end"), 2, 3);
        Assert.All(a.Answers, answer => Assert.Equal("end", answer));
        var detail = (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value;
        Assert.False(Assert.Single(detail.Attempts).Late);
    }

    [Fact]
    public async Task Nothing_is_taken_from_another_host_or_about_what_was_never_dispatched()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b", connect: false);
        var rows = await DispatchedAsync(Spec("1", "2"));
        await b.HelloAsync();
        var canceled = await CreateAsync(Spec("1") with { Start = false });
        await Engine.Tasks.CancelAsync(canceled.Id, null, TestEngine.Me, Cancel);
        var canceledRow = (await Engine.RowsAsync(canceled.Id))[0];
        var before = await StoreAsync();

        foreach (var (agent, key) in new[]
        {
            (b, Key(rows[0])),
            (a, Key(rows[1])),
            (a, new AttemptKey(rows[0].Id, 2)),
            (a, new AttemptKey(rows[0].Id, 0)),
            (a, new AttemptKey(rows[0].Id, -1)),
            (b, Key(rows[2])),
            (a, new AttemptKey(Guid.NewGuid(), 1)),
            (a, Key(canceledRow)),
        })
        {
            agent.Answers.Clear();
            await agent.StartedAsync(key);
            await agent.OutputAsync(key, OutputStream.Stdout, 0, "x"u8.ToArray());
            await agent.FinishedAsync(key, stdout: 1);
            await Engine.FlushAsync();
            Assert.Equal(["refused", "refused", "refused"], agent.Answers);
        }

        Assert.Equal(before, await StoreAsync());
    }

    [Fact]
    public async Task A_session_that_was_replaced_is_not_listened_to()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var old = a.Epoch;
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(old + 1, a.Epoch);
        await a.FinishedAsync(Key(rows[0]), epoch: old);
        await AssertRowsAsync(rows[0].TaskId, "Running");
        Assert.Empty(a.Answers);
        await a.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
    }

    [Fact]
    public async Task An_agent_with_another_journal_has_lost_what_it_held_and_what_it_says_later_corrects_the_record()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await a.StartedAsync(Key(rows[0]));
        await a.OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "abc"u8.ToArray());
        await Engine.FlushAsync();
        a.JournalId = Guid.NewGuid().ToByteArray();
        var opening = await a.HelloAsync();
        Assert.Empty(opening.Executes);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost", "Skipped/EarlierCommandFailed");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));

        // It was there all the same: the output that is still missing and the end are taken, and nothing is revived.
        a.Answers.Clear();
        await a.OutputAsync(Key(rows[0]), OutputStream.Stdout, 3, "def"u8.ToArray());
        await a.FinishedAsync(Key(rows[0]), stdout: 6);
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Skipped/EarlierCommandFailed");
        Assert.Equal(["committed Stdout 6", "end"], a.Answers);
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));
        var detail = (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value;
        Assert.True(Assert.Single(detail.Attempts).Late);
        Assert.Equal((6, 0), (detail.StdoutBytes, detail.ExitCode!.Value));
    }

    [Theory]
    [InlineData(AttemptOutcome.Exited, 0, "Succeeded", OpsTaskStatus.Completed)]
    [InlineData(AttemptOutcome.Exited, 2, "Failed/ExitCode", OpsTaskStatus.Failed)]
    [InlineData(AttemptOutcome.TimedOut, 0, "TimedOut/Timeout", OpsTaskStatus.Failed)]
    [InlineData(AttemptOutcome.Canceled, 0, "Canceled/CanceledByUser", OpsTaskStatus.Failed)]
    [InlineData(AttemptOutcome.HostRestarted, 0, "Failed/HostRestarted", OpsTaskStatus.Failed)]
    public async Task A_correction_recounts_the_task_and_is_not_corrected_again(AttemptOutcome outcome, int exitCode, string expected, OpsTaskStatus verdict)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new Core.Tasks.Composing.CommandSpec { Script = "1", Retries = 3 }] });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await a.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(119));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Unreachable");
        Engine.Time.Advance(TimeSpan.FromSeconds(10));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));

        var opening = await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(ReconcileVerdict.Keep, Assert.Single(opening.Attempts).Verdict);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
        await a.FinishedAsync(Key(rows[0]), outcome, exitCode);
        await AssertRowsAsync(rows[0].TaskId, expected);
        Assert.Equal(verdict, await StatusAsync(rows[0].TaskId));
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Signaled);
        await AssertRowsAsync(rows[0].TaskId, expected);
        Assert.Equal(1, Assert.Single(await Engine.RowsAsync(rows[0].TaskId)).Attempt);
    }

    [Fact]
    public async Task A_restored_snapshot_of_a_journal_is_not_trusted_to_know_what_was_not_started()
    {
        var a = await Engine.AddHostAsync("a");
        a.JournalSequence = 100;
        await a.HelloAsync();
        var rows = await DispatchedAsync(Spec("1"));
        a.JournalSequence = 50;
        var opening = await a.HelloAsync();
        Assert.Empty(opening.Executes);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
    }

    [Theory]
    [InlineData("no\0pe\u0001! 中 😀", true)]
    [InlineData("\"", true)]
    [InlineData("\ue000", false)]
    public async Task An_end_is_stored_whatever_is_told_with_it(string text, bool isKept)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var whole = string.Concat(Enumerable.Repeat(text, 1_000 / text.Length));
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.StartFailed, detail: CodedMessage.Of("start.interpreter", ("interpreter", whole)));
        await AssertRowsAsync(rows[0].TaskId, "Failed/StartFailed");
        var detail = Assert.Single((await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value.Details);
        var kept = detail.Arguments["interpreter"].GetString()!;
        Assert.Equal(("start.interpreter", isKept), (detail.Code, kept == whole));
        Assert.StartsWith(kept, whole, StringComparison.Ordinal);
        Assert.InRange(kept.Length, 250, 1_000);
    }

    [Fact]
    public async Task Many_results_at_once_are_all_committed_and_acknowledged()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 40; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index:d2}"));
        }

        var tasks = new List<TaskView>();
        for (var index = 0; index < 3; index++)
        {
            tasks.Add(await CreateAsync(Spec("1", "2")));
        }

        for (var command = 0; command < 2; command++)
        {
            await Engine.DispatchAsync();
            var rows = new List<CommandHost>();
            foreach (var task in tasks)
            {
                rows.AddRange((await Engine.RowsAsync(task.Id)).Where(row => row.CommandIndex == command));
            }

            await Task.WhenAll(agents.Select(agent => Task.Run(
                async () =>
                {
                    foreach (var row in rows.Where(row => row.HostId == agent.HostId))
                    {
                        await agent.StartedAsync(Key(row));
                        await agent.OutputAsync(Key(row), OutputStream.Stdout, 0, "hi"u8.ToArray());
                        await agent.FinishedAsync(Key(row), stdout: 2);
                    }
                },
                Cancel)));
            await Engine.FlushAsync();
        }

        foreach (var task in tasks)
        {
            await AssertRowsAsync(task.Id, [.. Enumerable.Repeat("Succeeded", 80)]);
            Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(task.Id));
        }

        Assert.All(agents, agent => Assert.Equal(6, agent.Answers.Count(answer => answer == "end")));
    }
}

public sealed class SqliteLateResultTests(SqliteDatabase database) : LateResultTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbLateResultTests(MariaDbDatabase database) : LateResultTests(database), IClassFixture<MariaDbDatabase>;
