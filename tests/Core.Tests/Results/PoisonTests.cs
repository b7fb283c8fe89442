using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>When an event is given up for poisoned, and that it is never for good.</summary>
public abstract class PoisonTests(TestDatabase database) : EngineTests(database)
{
    private const AttemptOutcome Poison = (AttemptOutcome)99;

    /// <summary>A trigger <c>stumbles</c> that refuses results with exit code 7, with an error that tells nothing.</summary>
    protected abstract string RefuseSevens { get; }

    [Fact]
    public async Task Many_poisoned_ends_do_not_block_the_intake()
    {
        var (agents, rows) = await DispatchedOnAsync(6);
        var sending = Enumerable.Range(0, 5).Select(index => Task.Run(
            async () =>
            {
                await agents[index].FinishedAsync(Key(rows[index]), Poison);
                for (var more = 0; more < 600; more++)
                {
                    await agents[index].OutputAsync(Key(rows[index]), OutputStream.Stdout, more, "x"u8.ToArray());
                }
            },
            Cancel)).ToList();
        await UntilAsync(() => Engine.Get<IntakeBudget>().Count == 1_792);

        // Nothing of their kind passes, and no more of it comes.
        var healthy = agents[5].OutputAsync(Key(rows[5]), OutputStream.Stdout, 0, "abc"u8.ToArray()).AsTask();
        await UntilAsync(() => agents[5].Answers.Contains("committed Stdout 3"));
        await healthy;
        await UntilAsync(() => sending.TrueForAll(sent => sent.IsCompleted));
        await Task.WhenAll(sending);
        Assert.NotEmpty(await SetAsideAsync());
        Assert.All(agents[..5], agent => Assert.DoesNotContain("end", agent.Answers));
    }

    [Fact]
    public async Task What_fails_for_some_seconds_while_others_pass_is_not_poisoned()
    {
        var (agents, rows) = await DispatchedOnAsync(4);
        await SqlAsync(RefuseSevens);
        try
        {
            await agents[0].FinishedAsync(Key(rows[0]), exitCode: 7);
            for (var second = 0; second < 9; second++)
            {
                if (second % 4 == 0)
                {
                    var other = 1 + (second / 4);
                    await agents[other].FinishedAsync(Key(rows[other]));
                    await Engine.WaitAsync(() => Task.FromResult(agents[other].Answers.Contains("end")));
                }

                Engine.Time.Advance(TimeSpan.FromSeconds(1));
                await Engine.FlushAsync();
                Assert.Empty(await SetAsideAsync());
            }
        }
        finally
        {
            await SqlAsync("DROP TRIGGER stumbles");
        }

        await UntilAsync(() => agents[0].Answers.Contains("end"));
        Assert.Empty(await SetAsideAsync());
        await AssertRowsAsync(rows[0].TaskId, "Failed/ExitCode", "Succeeded", "Succeeded", "Succeeded");
    }

    [Fact]
    public async Task What_was_set_aside_is_asked_for_again_after_some_minutes_in_the_same_session()
    {
        var (agents, rows) = await DispatchedOnAsync(1);
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "abc"u8.ToArray());
        await Engine.FlushAsync();
        await agents[0].FinishedAsync(Key(rows[0]), Poison, stdout: 3);
        await UntilAsync(async () => (await SetAsideAsync()).Count == 1);
        Engine.Time.Advance(TimeSpan.FromMinutes(4));
        await Engine.FlushAsync();
        await agents[0].FinishedAsync(Key(rows[0]), stdout: 3);
        await Engine.FlushAsync();
        Assert.Equal(["committed Stdout 3"], agents[0].Answers);

        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        await Engine.WaitAsync(() => Task.FromResult(agents[0].Answers.Contains("resend Stderr 0")));
        Assert.Equal(["committed Stdout 3", "resend Stdout 3", "resend Stderr 0"], agents[0].Answers);
        await agents[0].FinishedAsync(Key(rows[0]), stdout: 3);
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");

        // Once for each time that it was set aside.
        Engine.Time.Advance(TimeSpan.FromMinutes(20));
        await Engine.FlushAsync();
        Assert.Equal(["committed Stdout 3", "resend Stdout 3", "resend Stderr 0", "end"], agents[0].Answers);
    }

    private async Task<(List<TestAgent> Agents, List<CommandHost> Rows)> DispatchedOnAsync(int hosts)
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < hosts; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        return (agents, await DispatchedAsync(Spec("1")));
    }

    private async Task<List<CommandHostEvent>> SetAsideAsync()
    {
        await using var context = Engine.Read();
        return await context.CommandHostEvents.Where(told => told.Event == StoryEvent.SetAside).ToListAsync(Cancel);
    }
}

public sealed class SqlitePoisonTests(SqliteDatabase database) : PoisonTests(database), IClassFixture<SqliteDatabase>
{
    protected override string RefuseSevens => "CREATE TRIGGER stumbles BEFORE INSERT ON command_results WHEN NEW.exit_code = 7 BEGIN SELECT RAISE(ABORT, 'no sevens'); END";
}

public sealed class MariaDbPoisonTests(MariaDbDatabase database) : PoisonTests(database), IClassFixture<MariaDbDatabase>
{
    protected override string RefuseSevens =>
        "CREATE TRIGGER stumbles BEFORE INSERT ON command_results FOR EACH ROW BEGIN IF NEW.exit_code = 7 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no sevens'; END IF; END";
}
