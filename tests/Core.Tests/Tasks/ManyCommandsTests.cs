using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>Tasks of so many commands that a host is read in parts.</summary>
public abstract class ManyCommandsTests(TestDatabase database) : EngineTests(database)
{
    private const int Commands = 7;

    [Fact]
    public async Task Every_command_of_every_host_runs_in_order_and_the_counters_agree_after_each()
    {
        TestAgent[] agents = [await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b")];
        var rows = await DispatchedAsync(Spec([.. Enumerable.Repeat("1", Commands)]));
        for (var index = 0; index < Commands; index++)
        {
            foreach (var (agent, first) in agents.Zip([0, Commands]))
            {
                await agent.StartedAsync(Key(rows[first + index]));
                await Engine.FlushAsync();
                await agent.FinishedAsync(Key(rows[first + index]));
                await Engine.FlushAsync();
                await Engine.DispatchAsync();
                EngineTests.AssertCounters(await Engine.TaskAsync(rows[0].TaskId), await Engine.RowsAsync(rows[0].TaskId));
            }
        }

        await AssertRowsAsync(rows[0].TaskId, [.. Enumerable.Repeat("Succeeded", 2 * Commands)]);
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task A_failure_that_stops_the_task_and_a_success_elsewhere_may_come_together()
    {
        TestAgent[] agents = [await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"), await Engine.AddHostAsync("c")];
        var rows = await DispatchedAsync(Spec() with
        {
            Commands = [.. Enumerable.Range(0, Commands).Select(_ => new CommandSpec { Script = "1", OnFailure = OnFailure.StopTask })],
        });
        for (var index = 0; index < 2; index++)
        {
            foreach (var (agent, host) in agents.Zip([0, 1, 2]))
            {
                await agent.FinishedAsync(Key(rows[(host * Commands) + index]));
            }

            await Engine.FlushAsync();
            await Engine.DispatchAsync();
        }

        await agents[0].FinishedAsync(Key(rows[2]));
        await agents[1].FinishedAsync(Key(rows[Commands + 2]), exitCode: 1);
        await AssertRowsAsync(
            rows[0].TaskId,
            [
                .. Enumerable.Repeat("Succeeded", 3), .. Enumerable.Repeat("Skipped/RolloutStopped", 4),
                "Succeeded", "Succeeded", "Failed/ExitCode", .. Enumerable.Repeat("Skipped/EarlierCommandFailed", 4),
                "Succeeded", "Succeeded", "Dispatched", .. Enumerable.Repeat("Skipped/RolloutStopped", 4),
            ]);
        await agents[2].FinishedAsync(Key(rows[(2 * Commands) + 2]));
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task A_retry_begins_in_the_middle_of_a_host()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec([.. Enumerable.Repeat("1", Commands)]));
        for (var index = 0; index < 3; index++)
        {
            await agent.FinishedAsync(Key(rows[index]), exitCode: index == 2 ? 1 : 0);
            await Engine.FlushAsync();
            await Engine.DispatchAsync();
        }

        var retry = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        await Engine.DispatchAsync();
        foreach (var row in await Engine.RowsAsync(retry.Id))
        {
            await agent.FinishedAsync(Key(row));
            await Engine.FlushAsync();
            await Engine.DispatchAsync();
        }

        await AssertRowsAsync(retry.Id, [.. Enumerable.Repeat("Succeeded", Commands - 2)]);
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(retry.Id));
    }

    [Theory]
    [InlineData(0, Commands)]
    [InlineData(2, 3)]
    [InlineData(3, Commands)]
    [InlineData(Commands - 1, Commands)]
    public async Task Only_neighbours_are_read_where_they_tell_enough(int index, int expected)
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec([.. Enumerable.Repeat("1", Commands)]));
        await agent.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();

        // Now the second one runs: the third sees it, and the fourth none that has begun.
        var read = await Engine.Get<Store>().WriteAsync(
            async (unit, token) =>
            {
                var set = await Engine.Get<TaskLedgers>().OpenAsync(unit, [rows[0].TaskId], TestEngine.Me, Engine.Time.GetUtcNow(), token);
                await set.LoadPartAsync([(rows[0].TaskId, rows[index].Id, index)], token);
                return set.Find(rows[0].TaskId)!.Rows.Count();
            },
            Cancel);
        Assert.Equal(expected, read);
    }
}

public sealed class SqliteManyCommandsTests(SqliteDatabase database) : ManyCommandsTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbManyCommandsTests(MariaDbDatabase database) : ManyCommandsTests(database), IClassFixture<MariaDbDatabase>;
