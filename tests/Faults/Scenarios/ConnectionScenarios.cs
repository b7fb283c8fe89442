using System.Text.Json;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The way between agent and hub breaks.</summary>
[Collection(OnSqlite.Name)]
public sealed class ConnectionScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    private const int MidMessageCuts = 12;

    [Fact]
    public async Task Connection_cut_in_the_middle_of_output_and_messages()
    {
        var task = await RunOnFleetAsync(LabScript.Printer(1_500, pauseMs: 20), LabScript.Quick);
        await task.MarkedAsync(3);
        for (var cut = 0; cut < MidMessageCuts; cut++)
        {
            var agent = Lab.Fleet[cut % 3];
            var before = agent.Link.Cuts;

            // Odd numbers of bytes, so that the cut falls into heads, lengths and bodies of messages alike.
            agent.Link.CutAfterFromAgent((cut * 613) + 7);
            await Wait.UntilAsync("the cut", async () => agent.Link.Cuts > before || await HasEndedAsync(task, agent));
        }

        await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Connection_cut_in_the_middle_of_an_execute()
    {
        for (var bytes = 5; bytes <= 305; bytes += 100)
        {
            var cuts = Agent.Link.Cuts;
            Agent.Link.CutAfterFromHub(bytes);
            var task = await RunAsync(Agent, LabScript.Quick);
            await SettleAsync(task, "Succeeded");
            await Wait.UntilAsync("the cut", () => Task.FromResult(Agent.Link.Cuts > cuts));
        }
    }

    [Fact]
    public async Task Connection_gone_for_a_second_during_output()
    {
        var task = await RunOnFleetAsync(LabScript.Printer(400, pauseMs: 50));
        await task.MarkedAsync(3);
        foreach (var agent in Lab.Fleet)
        {
            agent.Link.Down = true;
            agent.Link.Cut();
        }

        await task.UntilAsync("Unreachable");
        await Task.Delay(TimeSpan.FromSeconds(1));
        foreach (var agent in Lab.Fleet)
        {
            agent.Link.Down = false;
        }

        await task.UntilAsync("back or ended", row => row.Text("status") != "Unreachable");
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Connection_gone_past_the_grace_is_given_up_and_corrected()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate));
        await task.MarkedAsync(3);
        foreach (var agent in Lab.Fleet)
        {
            agent.Link.Down = true;
            agent.Link.Cut();
        }

        await task.UntilAsync("given up", row => row.Text("reason") == "AgentLost");
        Assert.Equal("Failed", (await Lab.Api.GetAsync($"/tasks/{task.Id}")).Text("status"));
        foreach (var agent in Lab.Fleet)
        {
            agent.Link.Down = false;
            await agent.ConnectedAsync();
        }

        Open(gate);
        await task.UntilAsync("Succeeded");
        await SettleAsync(task, "Succeeded");
        Assert.Equal("Completed", (await Lab.Api.GetAsync($"/tasks/{task.Id}")).Text("status"));
        foreach (var row in await task.RowsAsync())
        {
            var story = (await Lab.Api.GetAsync($"/command-hosts/{row.Id()}")).GetProperty("story").EnumerateArray().Select(entry => entry.Text("event")).ToList();
            Assert.Equal(["Away", "GivenUp", "FoundAlive", "Corrected"], story.Where(entry => entry is "Away" or "GivenUp" or "FoundAlive" or "Corrected"));
        }
    }

    [Fact]
    public async Task Connection_that_carries_nothing_is_noticed_by_its_silence()
    {
        var gate = NewGate();
        var task = await RunAsync(Agent, LabScript.Until(gate));
        await task.MarkedAsync(1);
        Agent.Link.Frozen = true;
        await task.UntilAsync("Unreachable");
        Open(gate);
        Agent.Link.Frozen = false;
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Cancel_for_an_agent_that_is_away_is_delivered_when_it_comes_back()
    {
        var task = await RunAsync(Agent, LabScript.Until(NewGate()));
        await task.MarkedAsync(1);
        Agent.Link.Down = true;
        Agent.Link.Cut();
        await task.UntilAsync("Unreachable");
        await task.CancelAsync();
        await task.UntilAsync("Unreachable");
        Agent.Link.Down = false;
        await SettleAsync(task, "Canceled/CanceledByUser");
        Assert.Empty(Processes.WithEnvironment($"MARKS={task.Marks}"));
    }

    [Fact]
    public async Task Host_that_is_away_is_waited_for_within_its_limit()
    {
        Agent.Link.Down = true;
        Agent.Link.Cut();
        await Agent.AwayAsync();
        var waits = await RunAsync(Agent, LabScript.Quick, new LabTaskOptions { OfflineHosts = "Wait", WaitSeconds = 300 });
        var gaveUp = await RunAsync(Agent, LabScript.Quick, new LabTaskOptions { OfflineHosts = "Wait", WaitSeconds = 1 });
        var fails = await RunAsync(Agent, LabScript.Quick);
        await SettleAsync(gaveUp, "DispatchFailed/WaitExpired");
        await SettleAsync(fails, "DispatchFailed/AgentOffline");
        Assert.Equal("Pending", (await waits.RowAsync()).Text("status"));
        Agent.Link.Down = false;
        await SettleAsync(waits, "Succeeded");
    }

    private static async Task<bool> HasEndedAsync(LabTask task, LabAgent agent)
    {
        IEnumerable<JsonElement> rows = await task.RowsAsync();
        return rows.Where(row => row.Text("hostName") == agent.Name).All(row => row.Text("status") == "Succeeded");
    }
}
