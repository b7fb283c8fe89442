using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Stories;

/// <summary>What an attempt left running in the background: told when it has ended, ended when a person asks for it.</summary>
public abstract class BackgroundTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task Its_end_is_told_once_and_acknowledged_as_often_as_it_is_said()
    {
        var (agent, row) = await LeftAsync(2);
        Assert.Equal(2, (await DetailAsync(row)).LeftInBackground);
        await agent.BackgroundEndedAsync(Key(row), dropped: 4_096, killed: 1);
        await agent.BackgroundEndedAsync(Key(row), dropped: 4_096, killed: 1);
        await Engine.FlushAsync();
        var store = await StoreAsync();
        await agent.ByeAsync();
        await agent.HelloAsync();
        await agent.BackgroundEndedAsync(Key(row), dropped: 5, killed: 5);
        await Engine.FlushAsync();

        // Repeats of one group have one answer.
        Assert.InRange(agent.Answers.Count(answer => answer == "background"), 2, 3);
        var detail = await DetailAsync(row);
        Assert.Equal(0, detail.LeftInBackground);
        var told = Assert.Single(detail.Story, told => told.Event == StoryEvent.BackgroundEnded);
        Assert.Equal((StoryBy.Agent, 1, "droppedBytes 4096, killed 1"), (told.By, told.Attempt, ArgumentsOf(told)));
        Assert.Equal(OfRows(store), OfRows(await StoreAsync()));
        await AssertRowsAsync(row.TaskId, "Succeeded");
    }

    [Fact]
    public async Task It_may_be_said_in_the_group_of_the_end_and_of_an_earlier_attempt()
    {
        var agent = await Engine.AddHostAsync("a");
        var row = (await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 1 }] }))[0];
        await agent.StartedAsync(Key(row));
        await agent.FinishedAsync(Key(row), exitCode: 1, background: 3);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        var second = new AttemptKey(row.Id, 2);
        await agent.StartedAsync(second);
        await agent.FinishedAsync(second, background: 1);
        await agent.BackgroundEndedAsync(second);
        await Engine.FlushAsync();
        Assert.Equal(3, (await DetailAsync(row)).LeftInBackground);
        await agent.BackgroundEndedAsync(Key(row));
        await Engine.FlushAsync();
        var detail = await DetailAsync(row);
        Assert.Equal([2, 1], detail.Story.Where(told => told.Event == StoryEvent.BackgroundEnded).Select(told => told.Attempt));
        Assert.Equal(0, detail.LeftInBackground);
    }

    [Fact]
    public async Task Of_an_attempt_that_is_unknown_or_of_another_host_it_is_acknowledged_and_not_kept()
    {
        var (agent, row) = await LeftAsync(1);
        var other = await Engine.AddHostAsync("b");
        var store = await StoreAsync();
        foreach (var key in new[] { new AttemptKey(Guid.CreateVersion7(), 1), Key(row), new AttemptKey(row.Id, 2) })
        {
            await other.BackgroundEndedAsync(key);
        }

        await agent.BackgroundEndedAsync(new AttemptKey(row.Id, 2));
        await agent.BackgroundEndedAsync(Key(row), epoch: agent.Epoch - 1);
        await Engine.FlushAsync();

        Assert.Equal(["refused", "background", "refused", "background", "refused", "background"], other.Answers);
        Assert.Equal(["end", "refused", "background"], agent.Answers);
        Assert.Equal(store, await StoreAsync());
        Assert.Equal(1, (await DetailAsync(row)).LeftInBackground);
    }

    [Fact]
    public async Task A_person_ends_it_while_it_runs_and_its_agent_is_connected()
    {
        Assert.IsType<Problem.NotFound>(await EndAsync(Guid.CreateVersion7()));
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await agent.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Assert.Equal("command-host.not-ended (status: Running)", (await EndAsync(rows[0].Id))?.Message.ToString());
        await agent.FinishedAsync(Key(rows[0]), background: 1);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await agent.StartedAsync(Key(rows[1]));
        await agent.FinishedAsync(Key(rows[1]));
        await Engine.FlushAsync();
        Assert.Equal(TaskProblemCode.NoBackground, (await EndAsync(rows[1].Id))?.Message.ToString());

        Engine.Gateway.Delivers = false;
        Assert.Equal(TaskProblemCode.AgentNotConnected, (await EndAsync(rows[0].Id))?.Message.ToString());
        Assert.DoesNotContain((await DetailAsync(rows[0])).Story, told => told.Event == StoryEvent.EndBackgroundRequested);
        Engine.Gateway.Delivers = true;

        // The connection breaks between the check and the sending: a failure is not remembered.
        var failing = new IdempotencyClaim("failing", "me", [1]);
        Engine.Gateway.LosesEndBackground = true;
        Assert.Equal(TaskProblemCode.AgentNotConnected, (await EndAsync(rows[0].Id, failing))?.Message.ToString());
        Engine.Gateway.LosesEndBackground = false;
        Assert.Null(await EndAsync(rows[0].Id, failing));
        Assert.Single(Engine.Gateway.EndBackgrounds);
        Engine.Gateway.EndBackgrounds.Clear();

        var claim = new IdempotencyClaim("key", "me", [1]);
        Assert.Null(await EndAsync(rows[0].Id, claim));
        Assert.Null(await EndAsync(rows[0].Id, claim));
        var order = Assert.Single(Engine.Gateway.EndBackgrounds);
        Assert.Equal((Key(rows[0]), agent.HostId, TimeSpan.FromSeconds(5)), (order.Key, order.HostId, order.KillGrace));
        Assert.Null(await EndAsync(rows[0].Id));
        Assert.Equal(2, Engine.Gateway.EndBackgrounds.Count);
        var told = Assert.Single((await DetailAsync(rows[0])).Story, told => told.Event == StoryEvent.EndBackgroundRequested);
        Assert.Equal((StoryBy.Person, 1, ByMe), (told.By, told.Attempt, ArgumentsOf(told)));

        await agent.BackgroundEndedAsync(Key(rows[0]), killed: 1);
        await Engine.FlushAsync();
        Assert.Equal(TaskProblemCode.BackgroundEnded, (await EndAsync(rows[0].Id))?.Message.ToString());
        Assert.Null(await EndAsync(rows[0].Id, claim));
        Assert.Equal(2, Engine.Gateway.EndBackgrounds.Count);
    }

    /// <summary>An execution that has succeeded and left processes.</summary>
    private async Task<(TestAgent Agent, CommandHost Row)> LeftAsync(int processes)
    {
        var agent = await Engine.AddHostAsync("a");
        var row = (await DispatchedAsync(Spec("1")))[0];
        await agent.StartedAsync(Key(row));
        await agent.FinishedAsync(Key(row), background: processes);
        await Engine.FlushAsync();
        return (agent, row);
    }

    private async Task<CommandHostDetail> DetailAsync(CommandHost row) => (await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value;

    private async Task<Problem?> EndAsync(Guid commandHostId, IdempotencyClaim? claim = null) =>
        (await Engine.Tasks.EndBackgroundAsync(commandHostId, TestEngine.Me, claim, Cancel)).Problem;

    /// <summary>Tasks, commands and CommandHosts of the text of a store.</summary>
    private static string OfRows(string store) => string.Join('\n', store.Split('\n').Take(3));
}

public sealed class SqliteBackgroundTests(SqliteDatabase database) : BackgroundTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbBackgroundTests(MariaDbDatabase database) : BackgroundTests(database), IClassFixture<MariaDbDatabase>;
