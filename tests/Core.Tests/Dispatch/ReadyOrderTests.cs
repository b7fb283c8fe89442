using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Dispatch;

/// <summary>What is dispatched first when there is no room for all.</summary>
public abstract class ReadyOrderTests(TestDatabase database) : EngineTests(database)
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Dispatch:MaxRunningExecutions"] = "1",
    };

    [Fact]
    public async Task A_host_goes_on_to_its_next_command_before_the_next_host_begins()
    {
        TestAgent[] agents = [await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b")];
        var rows = await DispatchedAsync(Spec("1", "2"));
        foreach (var row in rows)
        {
            Assert.Equal(row.Id, Engine.Gateway.Executes.Last().Key.CommandHostId);
            await agents.Single(agent => agent.HostId == row.HostId).FinishedAsync(new(row.Id, 1));
            await Engine.FlushAsync();
            Engine.Time.Advance(TimeSpan.FromSeconds(1));
            await Engine.DispatchAsync();
        }

        Assert.Equal(rows.Count, Engine.Gateway.Executes.Count);
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Succeeded", "Succeeded", "Succeeded");
    }
}

public sealed class SqliteReadyOrderTests(SqliteDatabase database) : ReadyOrderTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbReadyOrderTests(MariaDbDatabase database) : ReadyOrderTests(database), IClassFixture<MariaDbDatabase>;
