using System.Globalization;
using TaskConsole.Faults.Lab;
using TaskConsole.Faults.Links;
using TaskConsole.Harness;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The console dies at each point of an execution's course.</summary>
public abstract class ConsoleKilledScenarios(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Console_killed_before_the_claim() =>
        await KillWhileHeldAsync((await Agent.RelayAsync()).HoldFromHub(message => message.Execute is not null), LabScript.Quick);

    [Fact]
    public async Task Console_killed_between_claim_and_the_word_of_the_start()
    {
        var relay = await Agent.RelayAsync();
        var held = relay.HoldFromAgent(message => message.Started is not null);
        var gate = NewGate();
        var task = await RunAsync(Agent, LabScript.Until(gate));
        await held.ReachedAsync();
        await Lab.KillConsoleAsync();
        held.Drop();
        await Lab.StartConsoleAsync();
        await task.UntilAsync("Running");
        Open(gate);
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Console_killed_while_scripts_run()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Quick);
        await task.MarkedAsync(3);
        await Lab.RestartConsoleAsync();
        Open(gate);
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Console_killed_between_exit_and_commit() =>
        await KillWhileHeldAsync((await Agent.RelayAsync()).HoldFromAgent(message => message.Finished is not null), LabScript.Printer(100));

    [Fact]
    public async Task Console_killed_between_commit_and_acknowledgement() =>
        await KillWhileHeldAsync((await Agent.RelayAsync()).HoldFromHub(message => message.Acknowledge?.WhatCase == Acknowledge.WhatOneofCase.End), LabScript.Printer(100));

    [Fact]
    public async Task Console_killed_in_the_middle_of_a_commit()
    {
        var relay = await Agent.RelayAsync();
        var held = relay.HoldFromAgent(message => message.Finished is not null);
        var task = await RunAsync(Agent, LabScript.Printer(100));
        await held.ReachedAsync();
        await KillInTheMiddleOfACommitAsync(task, held.Release);

        // Before the agent tells it again.
        Agent.Link.Down = true;
        await Lab.StartConsoleAsync();
        Assert.Empty((await Lab.Api.GetAsync($"/command-hosts/{(await task.RowAsync()).Id()}")).GetProperty("attempts").EnumerateArray());
        Agent.Link.Down = false;
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Console_killed_five_times_under_load()
    {
        var tasks = new List<LabTask>();
        for (var round = 0; round < 5; round++)
        {
            tasks.Add(await RunOnFleetAsync(LabScript.Printer(40), LabScript.Quick));
            await tasks[^1].MarkedAsync(1 + (round % 4));
            await Lab.RestartConsoleAsync();
        }

        foreach (var task in tasks)
        {
            await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task Console_away_for_longer_than_the_grace_judges_nobody_lost()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate));
        await task.MarkedAsync(3);
        await Lab.KillConsoleAsync();
        Open(gate);
        await Wait.UntilAsync(
            "the scripts to end",
            () => Task.FromResult(Processes.WithEnvironment($"MARKS={task.Marks}").Count == 0));
        await Task.Delay(TimeSpan.FromSeconds(FaultLab.AgentLostGraceSeconds + 2));
        await Lab.StartConsoleAsync();
        await SettleAsync(task, "Succeeded");
        Assert.All(await task.RowsAsync(), row => Assert.Equal(1, row.GetProperty("attempt").GetInt32()));
    }

    /// <summary>The console is killed while one message is on its way, which is lost with it.</summary>
    private async Task KillWhileHeldAsync<T>(Held<T> held, LabScript script)
    {
        var task = await RunAsync(Agent, script);
        await held.ReachedAsync();
        await Lab.KillConsoleAsync();
        held.Drop();
        await Lab.StartConsoleAsync();
        await SettleAsync(task, "Succeeded");
    }

    /// <summary>Lets the result go to the console and kills that while its transaction is half done.</summary>
    private protected abstract Task KillInTheMiddleOfACommitAsync(LabTask task, Action release);
}

/// <inheritdoc />
[Collection(OnMariaDb.Name)]
public sealed class ConsoleOnMariaDbKilledScenarios(MariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : ConsoleKilledScenarios(lab, report, output)
{
    private protected override async Task KillInTheMiddleOfACommitAsync(LabTask task, Action release)
    {
        // Somebody else holds the place of the result: the row and the task are written, and nothing is committed.
        await using var connection = await lab.Server.OpenAsync(MariaDbLab.Database);
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = connection.CreateCommand();
        hold.Transaction = transaction;
        hold.CommandText = "SELECT 1 FROM command_results WHERE command_host_id = UNHEX(@id) FOR UPDATE";
        hold.Parameters.AddWithValue("@id", (await task.RowAsync()).Id().Replace("-", "", StringComparison.Ordinal));
        await hold.ExecuteScalarAsync();
        release();
        await using var watch = await lab.Server.OpenAsync();
        await using var waiting = watch.CreateCommand();
        waiting.CommandText = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT INTO command_results%' AND time_ms > 100";
        await Wait.UntilAsync("the commit to stand in the middle", async () => Convert.ToInt64(await waiting.ExecuteScalarAsync(), CultureInfo.InvariantCulture) > 0);
        await Lab.KillConsoleAsync();
        await transaction.RollbackAsync();
    }
}

/// <inheritdoc />
[Collection(OnSqlite.Name)]
public sealed class ConsoleOnSqliteKilledScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : ConsoleKilledScenarios(lab, report, output)
{
    private protected override async Task KillInTheMiddleOfACommitAsync(LabTask task, Action release)
    {
        // The kernel kills it as it writes the second page of a transaction to the log: no page says yet that it is committed.
        var log = Path.Combine(Lab.ConsoleData, "taskconsole.db-wal");
        var strace = ChildProcess.Start(
            "/usr/bin/strace",
            ["-f", "-y", "-p", $"{Lab.ConsoleId}", "-P", log, "-e", "trace=pwrite64,write", "-e", "inject=pwrite64,write:error=EIO:signal=KILL:when=2"],
            new Dictionary<string, string>(StringComparer.Ordinal),
            Lab.Folder);
        await using (strace)
        {
            await Wait.UntilAsync("strace to hold the console", () => Task.FromResult(strace.Output.Contains("attached", StringComparison.Ordinal)));
            release();
            await Lab.ConsoleEndedAsync();
            await strace.ExitAsync(Soon);
            Assert.Contains("taskconsole.db-wal", strace.Output, StringComparison.Ordinal);
        }
    }
}
