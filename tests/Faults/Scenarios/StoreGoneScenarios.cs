using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The store goes away under load and comes back.</summary>
public abstract class StoreGoneScenarios(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Store_gone_under_load_for_longer_than_the_grace()
    {
        var tasks = new List<LabTask>();
        for (var number = 0; number < 4; number++)
        {
            tasks.Add(await RunOnFleetAsync(LabScript.Printer(600, pauseMs: 20), LabScript.Printer(30, exitCode: 3)));
        }

        await tasks[0].MarkedAsync(3);
        await WithoutStoreAsync(TimeSpan.FromSeconds(FaultLab.AgentLostGraceSeconds + 4));
        foreach (var task in tasks)
        {
            await SettleAsync(task, within: Recovery);
            Assert.All(await task.RowsAsync(), row => Assert.Equal(row.GetProperty("commandIndex").GetInt32() == 0 ? "Succeeded" : "Failed", row.Text("status")));
        }

        await SettleAsync(await RunOnFleetAsync(LabScript.Quick), "Succeeded");
    }

    [Fact]
    public async Task Store_gone_three_times_while_results_come()
    {
        for (var round = 0; round < 3; round++)
        {
            var gate = NewGate();
            var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Quick);
            await task.MarkedAsync(3);
            await WithoutStoreAsync(TimeSpan.FromSeconds(2), () => Open(gate));
            await SettleAsync(task, "Succeeded", within: Recovery);
        }
    }

    /// <summary>Takes the store away for a time.</summary>
    private protected abstract Task WithoutStoreAsync(TimeSpan time, Action? meanwhile = null);
}

/// <inheritdoc />
[Collection(OnMariaDb.Name)]
public sealed class MariaDbKilledScenarios(MariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : StoreGoneScenarios(lab, report, output)
{
    [Fact]
    public async Task Store_that_cannot_be_written_takes_everything_afterwards()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Quick);
        await task.MarkedAsync(3);
        var said = Lab.ConsoleLog.Length;
        await lab.Server.ExecuteAsync("SET GLOBAL read_only = 1");
        Open(gate);
        await StoreTriedInVainAsync(said);
        await lab.Server.ExecuteAsync("SET GLOBAL read_only = 0");
        await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
    }

    private protected override Task WithoutStoreAsync(TimeSpan time, Action? meanwhile = null) => lab.WithoutStoreAsync(time, meanwhile);
}

/// <inheritdoc />
[Collection(OnSqlite.Name)]
public sealed class SqliteLockedScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : StoreGoneScenarios(lab, report, output)
{
    private protected override Task WithoutStoreAsync(TimeSpan time, Action? meanwhile = null) => lab.WithoutStoreAsync(time, meanwhile);
}
