using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class SpoolLimitTests
{
    [Fact]
    public async Task What_is_kept_unacknowledged_has_a_limit_past_which_new_work_is_refused_until_some_is_let_go()
    {
        const int head = 1024 * 1024;
        var state = new HubState { Acknowledges = false, OutputHeadBytes = head, OutputTailBytes = 0 };
        await using var fixture = await AgentFixture.StartAsync(state, null, "--max-spool-mib", "4");
        var first = await fixture.ExecuteAsync($"head -c {head} /dev/zero; head -c {head} /dev/zero >&2");
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(fixture.Data.Path, "attempts", first.FolderName, "reported")), "it has ended");
        var second = await fixture.ExecuteAsync("echo never");
        var refused = await second.RefusedAsync();
        var why = Assert.Single(refused.Details);
        Assert.Equal((Refused.Types.Cause.TooMany, "refused.spool-full", 4L * head), (refused.Cause, why.Code, why.Arguments["limitBytes"].Number));
        Assert.InRange(why.Arguments["bytes"].Number, 2 * head, 3 * head);
        Assert.Empty(second.AllStarted);

        // A restarted agent counts the same.
        await fixture.Agent.KillAsync();
        await fixture.StartAgentAsync(new AgentLaunch { Arguments = ["--max-spool-mib", "4"] });
        Assert.Equal(Refused.Types.Cause.TooMany, (await (await fixture.ExecuteAsync("echo never")).RefusedAsync()).Cause);

        await fixture.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = first.Key, End = true } });
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(fixture.Data.Path, "attempts", first.FolderName)), "the folder is gone");
        var third = await fixture.ExecuteAsync("echo room");
        Assert.Equal(0, (await third.FinishedAsync()).ExitCode);
    }

    [Fact]
    public async Task What_runs_counts_with_the_most_that_it_may_keep()
    {
        var state = new HubState();
        state.OutputHeadBytes = state.OutputTailBytes = 512 * 1024;
        await using var fixture = await AgentFixture.StartAsync(state, null, "--max-spool-mib", "4");
        var first = await fixture.ExecuteAsync("sleep 60");
        await first.StartedAsync();
        // Twice 2.5 MiB are more than 4.
        var second = await fixture.ExecuteAsync("echo never");
        Assert.Equal(Refused.Types.Cause.TooMany, (await second.RefusedAsync()).Cause);
        await fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = first.Key, Reason = CancelReason.User, KillGraceMs = 1_000 } });
        await first.FinishedAsync();
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(fixture.Data.Path, "attempts", first.FolderName)), "the folder is gone");
        Assert.Equal(0, (await (await fixture.ExecuteAsync("echo room")).FinishedAsync()).ExitCode);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1_024)]
    [InlineData(1_024, -1)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(1_024, long.MaxValue)]
    public async Task An_execute_that_asks_for_impossible_limits_is_refused(long head, long tail)
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState());
        var attempt = await fixture.ExecuteAsync("echo never", execute => (execute.OutputHeadBytes, execute.OutputTailBytes) = (head, tail));
        Assert.Equal(Refused.Types.Cause.NotPossible, (await attempt.RefusedAsync()).Cause);
        Assert.Empty(attempt.AllStarted);
    }
}
