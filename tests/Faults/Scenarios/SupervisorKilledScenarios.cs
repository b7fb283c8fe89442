using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>The supervisor dies, or is slow.</summary>
[Collection(OnSqlite.Name)]
public sealed class SupervisorKilledScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Supervisor_killed_before_its_start_record()
    {
        await using var gated = await GatedAgent.StartAsync(Lab, "gated-kill");
        var task = await RunAsync(gated.Agent, LabScript.Quick);
        Signals.Send(await gated.WaitingSupervisorAsync(task), Signal.Kill);
        await SettleAsync(task, "Failed/StartFailed");
    }

    [Fact]
    public async Task Supervisor_killed_while_its_script_runs()
    {
        var task = await RunAsync(Agent, LabScript.Until(NewGate()));
        await task.MarkedAsync(1);
        var row = (await task.RowAsync()).Id();
        var supervisor = Processes.WithCommandLine($"supervise\0{Agent.DataDirectory}").Single();
        Lab.KillSupervisor(supervisor);
        await SettleAsync(task, "Failed/SupervisorLost");
        Assert.Empty(Processes.WithEnvironment($"TASKCONSOLE_COMMAND_HOST_ID={row}"));
    }

    [Fact]
    public async Task Supervisor_that_starts_late()
    {
        await using var gated = await GatedAgent.StartAsync(Lab, "gated-late");
        var task = await RunAsync(gated.Agent, LabScript.Quick);
        await gated.WaitingSupervisorAsync(task);
        gated.Agent.Link.Cut();
        await gated.Agent.ReconnectAsync();
        gated.Program.Open();
        await SettleAsync(task, "Succeeded");
    }
}
