using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>A store that does not take what it is given, now or ever.</summary>
public abstract class PipelineFailureTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_poisoned_event_is_set_aside_and_all_others_are_committed()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 10; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1"));
        foreach (var (agent, row) in agents.Zip(rows))
        {
            await agent.StartedAsync(Key(row));
            await agent.FinishedAsync(Key(row), row == rows[4] ? (AttemptOutcome)99 : AttemptOutcome.Exited);
        }

        await AssertRowsAsync(rows[0].TaskId, [.. rows.Select(row => row == rows[4] ? "Running" : "Succeeded")]);
        Assert.All(agents, agent => Assert.Equal(agent == agents[4] ? [] : ["end"], agent.Answers));

        // The agent keeps it, and what it says after its next hello is taken.
        await agents[4].HelloAsync(new JournalEntryReport(Key(rows[4]), JournalState.Ended, 1, Engine.Time.GetUtcNow()));
        await agents[4].FinishedAsync(Key(rows[4]));
        await Engine.WaitAsync(() =>
        {
            // Until the poisoned one is tried again.
            Engine.Time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(agents[4].Answers.Contains("end"));
        });
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task Nothing_is_acknowledged_before_it_is_committed()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await using (var other = Database.Context())
        {
            // Another transaction holds the task: the pipeline must wait for it.
            await using var transaction = await other.Database.BeginTransactionAsync(Cancel);
            await other.Tasks.Where(task => task.Id == rows[0].TaskId).ExecuteUpdateAsync(set => set.SetProperty(task => task.Description, "held"), Cancel);
            await a.OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "abc"u8.ToArray());
            await a.FinishedAsync(Key(rows[0]), stdout: 3);
            var flushed = Engine.FlushAsync();
            await Assert.ThrowsAsync<TimeoutException>(() => flushed.WaitAsync(TimeSpan.FromMilliseconds(300), Cancel));
            Assert.Empty(a.Answers);
            await transaction.CommitAsync(Cancel);
            await flushed;
        }

        Assert.Contains("end", a.Answers);
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
        Assert.Equal("held", (await Engine.TaskAsync(rows[0].TaskId)).Description);
    }
}

public sealed class SqlitePipelineFailureTests(SqliteDatabase database) : PipelineFailureTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbPipelineFailureTests(MariaDbDatabase database) : PipelineFailureTests(database), IClassFixture<MariaDbDatabase>
{
    [Fact]
    public async Task Two_instances_dispatch_each_attempt_once_and_both_commit_results()
    {
        await using var second = await TestEngine.StartAsync(Database);
        var here = new List<TestAgent>();
        var there = new List<TestAgent>();
        for (var index = 0; index < 10; index++)
        {
            here.Add(await Engine.AddHostAsync($"a{index}"));
            there.Add(await second.AddHostAsync($"b{index}"));
        }

        var task = await CreateAsync(Spec("1", "2"));
        for (var command = 0; command < 2; command++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => new[] { DispatchOrGiveWayAsync(Engine), DispatchOrGiveWayAsync(second) }));
            var rows = (await Engine.RowsAsync(task.Id)).Where(row => row.CommandIndex == command).ToList();
            Assert.All(rows, row => Assert.Equal(CommandHostStatus.Dispatched, row.Status));
            await Task.WhenAll(here.Concat(there).Zip(rows).Select(pair => Task.Run(() => pair.First.FinishedAsync(Key(pair.Second)).AsTask(), Cancel)));
            await Engine.FlushAsync();
            await second.FlushAsync();
        }

        await AssertRowsAsync(task.Id, [.. Enumerable.Repeat("Succeeded", 40)]);
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(task.Id));
        var orders = Engine.Gateway.Executes.Concat(second.Gateway.Executes).Select(order => order.Key).ToList();
        Assert.Equal((40, 40), (orders.Count, orders.Distinct().Count()));
    }

    private static async Task DispatchOrGiveWayAsync(TestEngine engine)
    {
        try
        {
            await engine.DispatchAsync();
        }
        catch (Core.Leadership.LeadershipLostException)
        {
            // The other one schedules.
        }
    }
}
