using TaskConsole.Faults.Lab;
using TaskConsole.Faults.Links;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The agent dies; what it supervises does not.</summary>
[Collection(OnSqlite.Name)]
public sealed class AgentKilledScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Agent_killed_before_the_claim()
    {
        var relay = await Agent.RelayAsync();
        var held = relay.HoldFromHub(message => message.Execute is not null);
        var task = await RunAsync(Agent, LabScript.Quick);
        await held.ReachedAsync();

        // It lies in the agent's socket, unread.
        Signals.Send(Agent.Id, Signal.Stop);
        held.Release();
        await task.UntilAsync("Dispatched");
        await Agent.RestartAsync();
        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Agent_killed_between_claim_and_start()
    {
        await using var gated = await GatedAgent.StartAsync(Lab, "gated-claim");
        var task = await RunAsync(gated.Agent, LabScript.Quick);
        await gated.WaitingSupervisorAsync(task);
        await gated.Agent.KillAsync();
        await gated.Agent.StartAndConnectAsync();
        await task.UntilAsync("ended", row => row.Text("reason") == "StartFailed");

        // The supervisor comes late, and must find that it has been abandoned.
        gated.Program.Open();
        await gated.NoSupervisorsAsync();
        await SettleAsync(task, "Failed/StartFailed");
    }

    [Fact]
    public async Task Agent_killed_while_its_script_runs()
    {
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate));
        await task.MarkedAsync(3);
        foreach (var agent in Lab.Fleet)
        {
            await agent.KillAsync();
        }

        await task.UntilAsync("Unreachable");
        Open(gate);
        foreach (var agent in Lab.Fleet)
        {
            agent.Start();
        }

        await SettleAsync(task, "Succeeded");
    }

    [Fact]
    public async Task Agent_killed_between_exit_and_acknowledgement() =>
        await KillWhileHeldAsync((await Agent.RelayAsync()).HoldFromHub(message => message.Acknowledge?.WhatCase == Protocol.V1.Acknowledge.WhatOneofCase.End));

    [Fact]
    public async Task Agent_killed_between_exit_and_the_word_of_it() =>
        await KillWhileHeldAsync((await Agent.RelayAsync()).HoldFromAgent(message => message.Finished is not null));

    [Fact]
    public async Task The_whole_process_group_of_the_agent_killed()
    {
        var gate = NewGate();
        var task = await RunAsync(Agent, LabScript.Until(gate));
        await task.MarkedAsync(1);
        Signals.Send(-Agent.Id, Signal.Kill);
        await task.UntilAsync("Unreachable");
        Open(gate);
        await Agent.StartAndConnectAsync();
        await SettleAsync(task, "Succeeded");
    }

    /// <summary>The agent is killed while one message is on its way, which is lost with it.</summary>
    private async Task KillWhileHeldAsync<T>(Held<T> held)
    {
        var task = await RunAsync(Agent, LabScript.Printer(100));
        await held.ReachedAsync();
        await Agent.KillAsync();
        held.Drop();
        await Agent.StartAndConnectAsync();
        await SettleAsync(task, "Succeeded");
    }
}
