using Microsoft.Data.Sqlite;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The disk is full: the agent's, the console's.</summary>
[Collection(OnSqlite.Name)]
public sealed class AgentDiskFullScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Disk_of_the_agent_full_before_the_claim_and_during_output()
    {
        await using var disk = await SmallDisk.MountAsync(Path.Combine(Lab.Folder, "small-agent"), mebibytes: 12);
        await using var agent = Lab.NewAgent("cramped", Path.Combine(disk.Path, "data"));
        await agent.StartAndConnectAsync();
        var gate = NewGate();
        var running = await RunAsync(agent, LabScript.Until(gate));
        await running.MarkedAsync(1);
        disk.Fill();
        var refused = await RunAsync(agent, LabScript.Quick);
        await SettleAsync(refused, "DispatchFailed/Refused");
        Open(gate);
        await Wait.UntilAsync("the script to end", () => Task.FromResult(Processes.WithEnvironment($"MARKS={running.Marks}").Count == 0));
        disk.Empty();
        await SettleAsync(running, "Succeeded");
        await SettleAsync(await RunAsync(agent, LabScript.Printer(100)), "Succeeded");
    }
}

/// <inheritdoc cref="AgentDiskFullScenarios" />
public sealed class ConsoleDiskFullScenarios(CrampedLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output), IClassFixture<CrampedLab>
{
    public override ValueTask InitializeAsync()
    {
        lab.Disk.Empty();
        return base.InitializeAsync();
    }

    [Fact]
    public async Task Disk_of_the_console_full_while_results_come()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Printer(200));
        await task.MarkedAsync(3);
        var said = Lab.ConsoleLog.Length;
        await lab.FillDiskAsync();
        Open(gate);
        await Wait.UntilAsync("the scripts to end", () => Task.FromResult(Processes.WithEnvironment($"MARKS={task.Marks}").Count == 0));
        await StoreTriedInVainAsync(said);
        Assert.DoesNotContain(await task.RowsAsync(), row => row.Text("status") is "Failed");
        lab.Disk.Empty();
        await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Disk_of_the_console_full_and_the_console_killed()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Quick);
        await task.MarkedAsync(3);
        var said = Lab.ConsoleLog.Length;
        await lab.FillDiskAsync();
        Open(gate);
        await StoreTriedInVainAsync(said);
        await Lab.KillConsoleAsync();
        lab.Disk.Empty();
        await Lab.StartConsoleAsync();
        await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
    }
}

/// <summary>On SQLite, in a data directory of a few MiB.</summary>
public sealed class CrampedLab : FaultLab
{
    public override string StoreName => "SQLite";

    internal SmallDisk Disk { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Disk = await SmallDisk.MountAsync(Path.Combine(Folder, "data"), mebibytes: 16);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Disk.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The write-ahead log keeps the room that it once took, so it gives it back first: the next transaction needs some.</summary>
    internal async Task FillDiskAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(ConsoleData, "taskconsole.db")};Pooling=False");
        await connection.OpenAsync();
        await using var truncate = connection.CreateCommand();
        truncate.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        await Wait.UntilAsync("the log to be empty", async () => await truncate.ExecuteScalarAsync() is 0L);
        Disk.Fill();
    }

    protected override IReadOnlyDictionary<string, string> DatabaseSettings() => new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>The console's own disk is full, and its database is elsewhere: only its log has to stop.</summary>
public sealed class ConsoleOnMariaDbDiskFullScenarios(CrampedMariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output), IClassFixture<CrampedMariaDbLab>
{
    [Fact]
    public async Task Disk_of_the_console_full_and_its_database_elsewhere()
    {
        lab.Disk.Fill();
        await SettleAsync(await RunOnFleetAsync(LabScript.Printer(200), LabScript.Quick), "Succeeded");
        await Lab.RestartConsoleAsync();
        await SettleAsync(await RunOnFleetAsync(LabScript.Printer(200), LabScript.Quick), "Succeeded");
        lab.Disk.Empty();
        await SettleAsync(await RunOnFleetAsync(LabScript.Quick), "Succeeded");
    }
}

/// <summary>On MariaDB, with a data directory of a few MiB.</summary>
public sealed class CrampedMariaDbLab : MariaDbLab
{
    internal SmallDisk Disk { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        if (SkipReason is null)
        {
            Disk = await SmallDisk.MountAsync(Path.Combine(Folder, "data"), mebibytes: 4);
        }

        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Disk is not null)
        {
            await Disk.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
