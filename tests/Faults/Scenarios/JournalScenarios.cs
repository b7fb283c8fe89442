using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The agent's journal is lost or older than it was.</summary>
[Collection(OnSqlite.Name)]
public sealed class JournalScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Journal_wiped_while_a_script_runs()
    {
        await using var agent = Lab.NewAgent("wiped");
        await agent.StartAndConnectAsync();
        var gate = NewGate();
        var task = await RunAsync(agent, LabScript.Until(gate));
        await task.MarkedAsync(1);
        await task.UntilAsync("Running");
        await agent.KillAsync();
        foreach (var name in new[] { "attempts", "tombstones" })
        {
            Directory.Delete(Path.Combine(agent.DataDirectory, name), recursive: true);
        }

        File.Delete(Path.Combine(agent.DataDirectory, "journal"));
        File.Delete(Path.Combine(agent.DataDirectory, "sequence"));
        await agent.StartAndConnectAsync();
        await SettleAsync(task, "Failed/AgentLost", mayHaveLost: true);
        Open(gate);
        await SettleAsync(await RunAsync(agent, LabScript.Quick), "Succeeded");
    }

    [Fact]
    public async Task Journal_rolled_back_starts_nothing_again()
    {
        await using var agent = Lab.NewAgent("restored");
        await agent.StartAndConnectAsync();
        await SettleAsync(await RunAsync(agent, LabScript.Quick), "Succeeded");
        await agent.KillAsync();
        var snapshot = Path.Combine(Lab.Folder, "restored-snapshot");
        await CopyAsync(agent.DataDirectory, snapshot);
        await agent.StartAndConnectAsync();
        var relay = await agent.RelayAsync();
        var later = await RunAsync(agent, LabScript.Quick);
        await SettleAsync(later, "Succeeded");

        // The hub has seen the end of the later one; this one is on its way when the host is set back to before both.
        var held = relay.HoldFromHub(message => message.Execute is not null);
        var task = await RunAsync(agent, LabScript.Quick);
        await held.ReachedAsync();
        await agent.KillAsync();
        held.Drop();
        Directory.Delete(agent.DataDirectory, recursive: true);
        await CopyAsync(snapshot, agent.DataDirectory);
        await agent.StartAndConnectAsync();
        await SettleAsync(task, "Failed/AgentLost", mayHaveLost: true);
        await SettleAsync(await RunAsync(agent, LabScript.Quick), "Succeeded");
        await SettleAsync(later, "Succeeded");
    }

    private static async Task CopyAsync(string from, string to)
    {
        await using var copy = ChildProcess.Start("/usr/bin/cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "/");
        Assert.Equal(0, await copy.ExitAsync(TimeSpan.FromSeconds(20)));
    }
}
