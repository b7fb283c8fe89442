using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests.Traces;

/// <summary>The order of a start as the kernel saw it.</summary>
public sealed class StraceTests
{
    private const string Secret = "hunter2-and-more-0815";
    private const string Traced = "execve,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,write,pwrite64,writev,pwritev,sendto,sendmsg";

    [Fact]
    public async Task Claim_and_start_are_on_disk_before_the_script_is_executed_and_secrets_never_are()
    {
        Assert.SkipUnless(Tool.IsInstalled("strace"), "strace is not installed.");
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "trace");
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch
        {
            // -D: the agent is the child, strace a process beside it.
            Through = ["strace", "-D", "-f", "-y", "--seccomp-bpf", "-s", "1000000", "-o", file, "-e", "trace=" + Traced],
        });
        var attempt = await fixture.ExecuteAsync("echo ran; echo $PASSWORD", execute => execute.Payload.Secrets["PASSWORD"] = Secret);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, "ran\n********\n"), (finished.Outcome, attempt.Stdout));
        var attempts = Path.Combine(fixture.Data.Path, "attempts");
        var own = Path.Combine(attempts, attempt.FolderName);
        await Eventually.TrueAsync(() => !Directory.Exists(own), "the folder is gone");

        var trace = new SystemCallTrace(file);
        var supervisor = trace.Executed(AgentProcess.BuiltProgram, "supervise", own);
        AssertBefore(trace.Durable(Path.Combine(own, "claim")), supervisor, "the claim is durable before the supervisor is executed");
        AssertBefore(trace.FolderNameDurable(own), supervisor, "the name of the attempt's folder is durable before the supervisor is executed");
        var started = trace.Durable(Path.Combine(own, "start"));
        AssertBefore(supervisor, started, "the supervisor writes the start record");
        AssertBefore(started, trace.Executed(AgentProcess.BuiltProgram, "exec"), "the start record is durable before the exec role is executed");
        AssertBefore(started, trace.Executed("/bin/sh", Path.Combine(fixture.Data.Path, "work", attempt.FolderName, "script")), "the start record is durable before the script is executed");

        Assert.Contains(trace.Writes, call => call.Arguments.Contains(Secret, StringComparison.Ordinal));
        Assert.NotEmpty(trace.WritesBeneath(own));
        Assert.DoesNotContain(trace.WritesBeneath(fixture.Data.Path), call => call.Arguments.Contains(Secret, StringComparison.Ordinal));
    }

    private static void AssertBefore(int first, int second, string what) =>
        Assert.True(first < second, $"Not so: {what} (lines {first} and {second} of the trace).");
}
