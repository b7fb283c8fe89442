using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class KillTests(ConnectedAgent connected) : IClassFixture<ConnectedAgent>
{
    private const string LeavesItsSession = "setsid sleep 60 & sleep 60";

    private AgentFixture Fixture => connected.Fixture;

    [Fact]
    public async Task A_timeout_ends_the_whole_tree_and_is_told_when_it_is_gone()
    {
        var attempt = await Fixture.ExecuteAsync(LeavesItsSession, execute => execute.TimeoutMs = 700);
        await attempt.StartedAsync();
        await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count >= 3, "the tree is there");
        var finished = await attempt.FinishedAsync();
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Equal((Outcome.TimedOut, 15), (finished.Outcome, finished.Signal));
        Assert.Equal((3, 1), (finished.Killed, finished.Escaped));
        Assert.True(finished.TermSentAtMs > 0);
        Assert.Equal(0, finished.KillSentAtMs);
        Assert.True(finished.DurationMs >= 700, $"It was killed after {finished.DurationMs} ms, before its timeout.");
    }

    [Theory]
    [InlineData(CancelReason.User, Outcome.Canceled)]
    [InlineData(CancelReason.TaskTimeout, Outcome.TaskTimedOut)]
    public async Task A_cancel_ends_the_whole_tree_and_says_for_what(CancelReason reason, Outcome outcome)
    {
        var attempt = await Fixture.ExecuteAsync(LeavesItsSession);
        await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count >= 3, "the tree is there");
        await CancelAsync(attempt, reason, 5_000);
        var finished = await attempt.FinishedAsync();
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Equal(outcome, finished.Outcome);
    }

    [Fact]
    public async Task What_ignores_the_request_is_killed_after_the_grace()
    {
        var attempt = await Fixture.ExecuteAsync("trap '' TERM; env -i setsid sh -c 'trap \"\" TERM; sleep 60; sleep 60' & while :; do sleep 1; done");
        await Eventually.TrueAsync(() => ProcessTable.WithArgument("trap \"\" TERM; sleep 60").Count > 0, "the tree is there");
        await CancelAsync(attempt, CancelReason.User, 500);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Canceled, 9), (finished.Outcome, finished.Signal));
        Assert.InRange(finished.KillSentAtMs - finished.TermSentAtMs, 450, 60_000);
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Empty(ProcessTable.WithArgument("trap \"\" TERM; sleep 60"));
    }

    [Fact]
    public async Task A_script_that_ends_by_itself_after_the_request_is_canceled_with_its_own_exit_code()
    {
        var attempt = await Fixture.ExecuteAsync("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        await Eventually.TrueAsync(() => attempt.Stdout.Contains("ready", StringComparison.Ordinal), "it is ready");
        await CancelAsync(attempt, CancelReason.User, 5_000);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Canceled, 7, 0), (finished.Outcome, finished.ExitCode, finished.Signal));
        Assert.EndsWith("bye\n", attempt.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_directly_behind_its_execute_is_not_lost()
    {
        var attempt = await Fixture.ExecuteAsync("sleep 60");
        await CancelAsync(attempt, CancelReason.User, 1_000);
        Assert.Equal(Outcome.Canceled, (await attempt.FinishedAsync()).Outcome);
    }

    [Fact]
    public async Task A_cancel_of_an_unknown_attempt_keeps_it_from_ever_starting()
    {
        var attempt = new AttemptView(Fixture.Hub.State, Guid.CreateVersion7());
        await CancelAsync(attempt, CancelReason.User, 1_000);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Canceled, 0), (finished.Outcome, finished.StartedAtMs));
        Assert.True(File.Exists(Path.Combine(Fixture.Data.Path, "tombstones", attempt.FolderName)));

        await Fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(attempt, "echo never") });
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "it is answered again");
        Assert.Equal(finished, attempt.AllFinished[1]);
        Assert.Empty(attempt.AllStarted);
        Assert.False(Directory.Exists(Path.Combine(Fixture.Data.Path, "attempts", attempt.FolderName)));
    }

    private Task CancelAsync(AttemptView attempt, CancelReason reason, int graceMs) =>
        Fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = attempt.Key, Reason = reason, KillGraceMs = graceMs } });
}
