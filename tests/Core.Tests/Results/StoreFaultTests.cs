using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>Whose fault it is when something cannot be committed: the store's, or the event's.</summary>
public abstract class StoreFaultTests(TestDatabase database) : EngineTests(database)
{
    private const int Agents = 6;

    /// <summary>A trigger on results that refuses every row, with an error that tells nothing.</summary>
    protected abstract string BreakResults { get; }

    [Fact]
    public async Task What_every_event_hits_is_the_stores_fault_and_all_are_committed_when_it_is_mended()
    {
        var (agents, rows) = await DispatchedOnAsync(Agents);
        await SqlAsync("ALTER TABLE command_results RENAME TO command_results_away");
        foreach (var (agent, row) in agents.Zip(rows))
        {
            await agent.StartedAsync(Key(row));
            await agent.FinishedAsync(Key(row));
        }

        await StayAsync(agents);
        await SqlAsync("ALTER TABLE command_results_away RENAME TO command_results");
        await UntilAsync(() => agents.All(agent => agent.Answers.Contains("end")));
        await AssertRowsAsync(rows[0].TaskId, [.. Enumerable.Repeat("Succeeded", Agents)]);
        Assert.Empty(await SetAsideAsync());
    }

    [Fact]
    public async Task One_event_alone_waits_for_a_broken_store_as_well()
    {
        var (agents, rows) = await DispatchedOnAsync(1);
        await SqlAsync("ALTER TABLE command_results RENAME TO command_results_away");
        await agents[0].FinishedAsync(Key(rows[0]));
        await StayAsync(agents);
        await SqlAsync("ALTER TABLE command_results_away RENAME TO command_results");
        await UntilAsync(() => agents[0].Answers.Contains("end"));
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task What_every_event_of_one_kind_hits_is_the_stores_fault_though_others_pass_and_a_trivial_write_does()
    {
        var (agents, rows) = await DispatchedOnAsync(Agents);
        await SqlAsync(BreakResults);
        foreach (var (agent, row) in agents.Zip(rows))
        {
            await agent.FinishedAsync(Key(row), stdout: 0);
        }

        await StayAsync(agents);

        // Output of others still goes on.
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "behind what is held"u8.ToArray());
        await StayAsync(agents);
        await SqlAsync("DROP TRIGGER broken");
        await UntilAsync(() => agents.All(agent => agent.Answers.Contains("end")));
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
        Assert.Empty(await SetAsideAsync());
    }

    [Fact]
    public async Task Nothing_that_follows_a_poisoned_event_is_acknowledged_and_an_operator_sees_why()
    {
        var (agents, rows) = await DispatchedOnAsync(2);
        await agents[0].StartedAsync(Key(rows[0]));
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "before"u8.ToArray());
        await Engine.FlushAsync();
        Assert.Equal(["committed Stdout 6"], agents[0].Answers);

        await Engine.Pipeline.SubmitAsync(new AttemptNonsense(Key(rows[0]), agents[0].HostId, agents[0].Epoch, agents[0]), Cancel);
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 6, "behind"u8.ToArray());
        await agents[1].OutputAsync(Key(rows[1]), OutputStream.Stdout, 0, "another"u8.ToArray());
        await UntilAsync(async () => (await SetAsideAsync()).Count == 1);
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 12, "later"u8.ToArray());
        await agents[0].FinishedAsync(Key(rows[0]), stdout: 17);
        await agents[1].FinishedAsync(Key(rows[1]), stdout: 7);
        await Engine.FlushAsync();

        // The session is told nothing: neither past the hole nor to send it again.
        Assert.Equal(["committed Stdout 6"], agents[0].Answers);
        Assert.Equal(["committed Stdout 7", "end"], agents[1].Answers);
        await AssertRowsAsync(rows[0].TaskId, "Running", "Succeeded");
        var told = Assert.Single(await SetAsideAsync());
        Assert.Equal((rows[0].Id, StoryBy.Hub), (told.CommandHostId, told.By));
        Assert.Contains("AttemptNonsense", told.Arguments, StringComparison.Ordinal);

        // The next hello asks again from what is committed, and now it can be taken.
        var opening = await agents[0].HelloAsync(new Core.Hosts.JournalEntryReport(Key(rows[0]), Core.Hosts.JournalState.Ended, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(6, Assert.Single(opening.Attempts).StdoutOffset);
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 6, "behindlater"u8.ToArray());
        await agents[0].FinishedAsync(Key(rows[0]), stdout: 17);
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task An_attempt_with_a_poisoned_end_is_ended_by_the_servers_own_deadline_and_corrected_by_the_next_hello()
    {
        var (agents, rows) = await DispatchedOnAsync(1);
        await agents[0].StartedAsync(Key(rows[0]));
        await agents[0].FinishedAsync(Key(rows[0]), (AttemptOutcome)99);
        await UntilAsync(async () => (await SetAsideAsync()).Count == 1);
        Engine.Time.Advance(TimeSpan.FromSeconds(3_600 + 5 + 61));
        await Engine.Get<Core.Dispatch.Deadlines.DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline");

        await agents[0].HelloAsync(new Core.Hosts.JournalEntryReport(Key(rows[0]), Core.Hosts.JournalState.Ended, 1, Engine.Time.GetUtcNow()));
        await agents[0].FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
    }

    [Fact]
    public async Task An_agent_that_says_the_poisoned_thing_at_every_hello_is_told_about_once()
    {
        var (agents, rows) = await DispatchedOnAsync(2);
        for (var hello = 0; hello < 3; hello++)
        {
            var before = Engine.Get<IntakeBudget>().Count;
            await agents[0].FinishedAsync(Key(rows[0]), (AttemptOutcome)99);
            await UntilAsync(() => Engine.Get<IntakeBudget>().Count == before);
            await agents[0].HelloAsync(new Core.Hosts.JournalEntryReport(Key(rows[0]), Core.Hosts.JournalState.Ended, 1, null));
        }

        Assert.Single(await SetAsideAsync());
        Assert.Empty(agents[0].Answers);
    }

    [Fact]
    public async Task While_the_store_is_away_memory_stays_flat_and_everything_is_taken_afterwards()
    {
        const int Frame = 65_536;
        const int Frames = 50;
        var (agents, rows) = await DispatchedOnAsync(Agents);
        await SqlAsync("ALTER TABLE output_frames RENAME TO output_frames_away");
        var budget = Engine.Get<IntakeBudget>();
        var sending = agents.Zip(rows).Select(async pair =>
        {
            for (var frame = 0; frame < Frames; frame++)
            {
                await pair.First.OutputAsync(Key(pair.Second), OutputStream.Stdout, frame * Frame, new byte[Frame]);
            }
        }).ToList();

        await UntilAsync(() => budget.Bytes > 13 * 1024 * 1024);
        for (var round = 0; round < 20; round++)
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Cancel);
            Assert.InRange(budget.Bytes, 0, 16 * 1024 * 1024);
        }

        Assert.All(agents, agent => Assert.Empty(agent.Answers));
        await SqlAsync("ALTER TABLE output_frames_away RENAME TO output_frames");
        await UntilAsync(() => agents.All(agent => agent.Answers.Contains($"committed Stdout {Frames * Frame}")));
        await Task.WhenAll(sending);
        Assert.Equal(0, budget.Bytes);
        Assert.Empty(await SetAsideAsync());
    }

    private protected async Task<(List<TestAgent> Agents, List<CommandHost> Rows)> DispatchedOnAsync(int hosts)
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < hosts; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        return (agents, await DispatchedAsync(Spec("1")));
    }

    /// <summary>Time passes, in which the pipeline tries again, and nothing is acknowledged or set aside.</summary>
    private protected async Task StayAsync(List<TestAgent> agents)
    {
        for (var round = 0; round < 30; round++)
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(2.5));
            await Task.Delay(10, Cancel);
        }

        Assert.All(agents, agent => Assert.Empty(agent.Answers));
        Assert.Empty(await SetAsideAsync());
    }

    /// <summary>Something that no store takes.</summary>
    private sealed record AttemptNonsense(AttemptKey Key, Guid HostId, long SessionEpoch, IAttemptEventOrigin Origin) : AttemptEvent(Key, HostId, SessionEpoch, Origin);

    private protected async Task<List<CommandHostEvent>> SetAsideAsync()
    {
        await using var context = Engine.Read();
        return await context.CommandHostEvents.Where(told => told.Event == StoryEvent.SetAside).ToListAsync(Cancel);
    }
}

public sealed class SqliteStoreFaultTests(SqliteDatabase database) : StoreFaultTests(database), IClassFixture<SqliteDatabase>
{
    protected override string BreakResults => "CREATE TRIGGER broken BEFORE INSERT ON command_results BEGIN SELECT RAISE(ABORT, 'broken'); END";
}

public sealed class MariaDbStoreFaultTests(MariaDbDatabase database) : StoreFaultTests(database), IClassFixture<MariaDbDatabase>
{
    protected override string BreakResults => Signal("");

    [Theory]
    [InlineData(1290)] // made read-only
    [InlineData(1021)] // disk full
    [InlineData(1114)] // table full
    [InlineData(1205)] // lock wait timeout
    [InlineData(1047)] // a Galera node that is not ready
    [InlineData(3)] // a file cannot be written
    [InlineData(20)] // no space left
    [InlineData(8028)] // TiDB: the schema has changed
    [InlineData(9005)] // TiDB: a region is away
    public async Task A_single_event_waits_for_a_store_that_names_itself_as_the_cause(int number)
    {
        var (agents, rows) = await DispatchedOnAsync(1);
        await SqlAsync(Signal($"MYSQL_ERRNO = {number}, "));
        await agents[0].FinishedAsync(Key(rows[0]));
        await StayAsync(agents);
        await SqlAsync("DROP TRIGGER broken");
        await UntilAsync(() => agents[0].Answers.Contains("end"));
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    private static string Signal(string number) =>
        $"CREATE TRIGGER broken BEFORE INSERT ON command_results FOR EACH ROW SIGNAL SQLSTATE '45000' SET {number}MESSAGE_TEXT = 'broken'";
}
