using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>The file that goes to real hosts.</summary>
public sealed class NativeFileTests
{
    [Fact]
    public async Task The_agent_is_one_native_file_and_runs_a_script()
    {
        Assert.SkipWhen(AgentProcess.NativeProgram is null, "./test publishes the native file");
        Assert.Equal([AgentProcess.NativeProgram], Directory.GetFileSystemEntries(Path.GetDirectoryName(AgentProcess.NativeProgram)!));

        await using var fixture = await AgentFixture.StartAsync(null, AgentProcess.NativeProgram);
        var attempt = await fixture.ExecuteAsync("echo native; setsid sleep 60 & sleep 60", execute => execute.TimeoutMs = 500);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.TimedOut, "native\n"), (finished.Outcome, attempt.Stdout));
        Assert.Empty(ProcessTable.Of(attempt));
    }
}
