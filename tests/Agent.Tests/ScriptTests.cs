using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class ScriptTests
{
    [Fact]
    public async Task A_script_runs_and_its_output_and_exit_code_come_back()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync("echo hello; echo oops >&2; exit 3");
        var finished = await attempt.FinishedAsync();
        Assert.Equal(Outcome.Exited, finished.Outcome);
        Assert.Equal(3, finished.ExitCode);
        Assert.Equal("hello\n", attempt.Stdout);
        Assert.Equal("oops\n", attempt.Stderr);
    }
}
