using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>One more agent, whose supervisors wait before a gate.</summary>
internal sealed class GatedAgent(LabAgent agent, GatedProgram program) : IAsyncDisposable
{
    public LabAgent Agent => agent;

    public GatedProgram Program => program;

    public static async Task<GatedAgent> StartAsync(FaultLab lab, string name)
    {
        var program = new GatedProgram(Path.Combine(lab.Folder, name + "-program"));
        var agent = lab.NewAgent(name);
        await agent.StartAndConnectAsync(program.Path);
        var first = await LabTask.StartAsync(lab, [agent], [LabScript.Quick]);
        await first.UntilAsync("Succeeded");
        program.Shut();
        return new GatedAgent(agent, program);
    }

    /// <summary>Waits until the supervisor of the task's only row stands before the gate, and returns its process id.</summary>
    public async Task<int> WaitingSupervisorAsync(LabTask task)
    {
        var attempt = $"{(await task.RowAsync()).Id()}-1";
        await Wait.UntilAsync("a supervisor at the gate", () => Task.FromResult(Processes.WithCommandLine(attempt).Count > 0));
        return Processes.WithCommandLine(attempt)[0];
    }

    public Task NoSupervisorsAsync() =>
        Wait.UntilAsync("the supervisors to be gone", () => Task.FromResult(Processes.WithCommandLine($"supervise\0{agent.DataDirectory}").Count == 0));

    public ValueTask DisposeAsync() => agent.DisposeAsync();
}
