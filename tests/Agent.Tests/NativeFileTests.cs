using System.Diagnostics;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>The file that goes to real hosts.</summary>
public sealed class NativeFileTests
{
    [Fact]
    public async Task The_agent_publishes_as_one_native_file_without_a_warning_and_runs_a_script()
    {
        using var published = new TemporaryFolder();
        var output = await PublishAsync(published.Path);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        var program = Path.Combine(published.Path, "TaskConsole.Agent");
        Assert.False(File.Exists(program + ".dll"));

        await using var fixture = await AgentFixture.StartAsync(null, program);
        var attempt = await fixture.ExecuteAsync("echo native; setsid sleep 60 & sleep 60", execute => execute.TimeoutMs = 500);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.TimedOut, "native\n"), (finished.Outcome, attempt.Stdout));
        Assert.Empty(ProcessTable.Of(attempt));
    }

    private static async Task<string> PublishAsync(string folder)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["publish", AgentProcess.Project, "-c", "Release", "-r", "linux-x64", "-o", folder, "--nologo", "-tl:off"])
            start.ArgumentList.Add(argument);
        // What the test runner's own build has set for its children.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        using var publish = Process.Start(start)!;
        var errors = publish.StandardError.ReadToEndAsync();
        var output = await publish.StandardOutput.ReadToEndAsync() + await errors;
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
        return output;
    }
}
