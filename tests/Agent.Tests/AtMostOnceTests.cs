using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class AtMostOnceTests
{
    [Fact]
    public async Task A_repeated_execute_starts_once_and_is_answered_each_time()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var log = Path.Combine(fixture.Data.Path, "ran");
        var attempt = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        var execute = new HubMessage { Execute = AgentFixture.MakeExecute(attempt, $"echo ran >> {log}; while [ ! -e {log}.go ]; do sleep 0.02; done") };
        await fixture.SendAsync(execute);
        await fixture.SendAsync(execute);
        await attempt.StartedAsync();
        await fixture.SendAsync(execute);
        await Eventually.TrueAsync(() => attempt.AllStarted.Count >= 2, "started is told again");
        await File.WriteAllTextAsync(log + ".go", "", TestContext.Current.CancellationToken);
        var finished = await attempt.FinishedAsync();
        await fixture.SendAsync(execute);
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "the end is told again");
        await fixture.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = attempt.Key, End = true } });
        var folder = Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName);
        await Eventually.TrueAsync(() => !Directory.Exists(folder), "the folder is gone");
        await fixture.SendAsync(execute);
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 3, "and again from the tombstone");
        Assert.All(attempt.AllFinished, again => Assert.Equal(finished, again));
        Assert.Single(attempt.AllStarted.Distinct());
        Assert.Equal("ran\n", await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_comes_too_late_is_refused_for_good()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync("echo never", execute => execute.NotAfterMs = TimeProvider.System.GetUtcNow().AddSeconds(-1).ToUnixTimeMilliseconds());
        var refused = await attempt.RefusedAsync();
        Assert.Equal(Refused.Types.Cause.Expired, refused.Cause);
        await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(attempt, "echo never") });
        await Eventually.TrueAsync(() => attempt.AllRefused.Count == 2, "the renewed copy is refused too");
        Assert.Empty(attempt.AllStarted);
    }

    [Fact]
    public async Task What_cannot_be_claimed_is_refused_and_not_started()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        // Something that is not a folder stands where the attempt's would be.
        await File.WriteAllTextAsync(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName), "", TestContext.Current.CancellationToken);
        await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(attempt, "echo never") });
        Assert.Equal(Refused.Types.Cause.ClaimNotWritten, (await attempt.RefusedAsync()).Cause);
        Assert.Empty(attempt.AllStarted);
    }

    [Fact]
    public async Task More_than_may_run_at_once_is_refused()
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, "--max-running", "1");
        var first = await fixture.ExecuteAsync("sleep 60");
        var second = await fixture.ExecuteAsync("echo never");
        Assert.Equal(Refused.Types.Cause.TooMany, (await second.RefusedAsync()).Cause);
        await fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = first.Key, Reason = CancelReason.User, KillGraceMs = 1_000 } });
        await first.FinishedAsync();
        Assert.Empty(second.AllStarted);
    }

    [Fact]
    public async Task A_killed_agent_finds_its_scripts_again_and_goes_on_where_the_hub_is()
    {
        await using var fixture = await AgentFixture.StartAsync();
        fixture.Hub.State.Reconcile = (_, welcome) =>
        {
            foreach (var reconciled in welcome.Attempts)
                reconciled.StdoutOffset = 0;
        };
        var go = Path.Combine(fixture.Data.Path, "go");
        var attempt = await fixture.ExecuteAsync($"echo one; while [ ! -e {go} ]; do sleep 0.02; done; echo two; while [ ! -e {go}.on ]; do sleep 0.02; done; echo three");
        await Eventually.TrueAsync(() => attempt.Stdout == "one\n", "the first line came");
        var supervisor = ProcessTable.SupervisorOf(attempt);
        await fixture.Agent.KillAsync();
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        var session = await fixture.StartAgentAsync();
        var entry = Assert.Single(session.Hello.Attempts);
        Assert.Equal((attempt.Key, JournalEntry.Types.State.Running), (entry.Key, entry.State));
        Assert.True(entry.StdoutBytes >= 4);
        await Eventually.TrueAsync(() => attempt.Stdout == "one\ntwo\n", "what was written meanwhile came");
        Assert.Equal(supervisor, ProcessTable.SupervisorOf(attempt));
        await File.WriteAllTextAsync(go + ".on", "", TestContext.Current.CancellationToken);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 0), (finished.Outcome, finished.ExitCode));
        Assert.Equal("one\ntwo\nthree\n", attempt.Stdout);
    }

    [Fact]
    public async Task An_end_while_no_agent_was_there_is_told_by_the_next_one_until_it_is_acknowledged()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var go = Path.Combine(fixture.Data.Path, "go");
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {go} ]; do sleep 0.02; done; exit 5");
        await attempt.StartedAsync();
        var supervisor = ProcessTable.SupervisorOf(attempt);
        fixture.Agent.Terminate();
        await fixture.Agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(supervisor, ProcessTable.SupervisorOf(attempt));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName, "end")), "it has ended");

        var second = await fixture.StartAgentAsync();
        await attempt.FinishedAsync();
        second.Break();
        var third = await fixture.Hub.State.SessionAsync(3);
        var entry = Assert.Single(third.Hello.Attempts);
        Assert.Equal((JournalEntry.Types.State.Ended, Outcome.Exited, 5), (entry.State, entry.Outcome, entry.ExitCode));
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "the end is told again");
        await third.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = attempt.Key, End = true } });
        await Eventually.TrueAsync(() => Directory.GetDirectories(Path.Combine(fixture.Data.Path, "attempts")).Length == 0, "the folder is gone");
        Assert.True(third.Hello.JournalSequence >= attempt.AllFinished[0].JournalSequence);
    }

    [Fact]
    public async Task A_killed_supervisor_takes_its_tree_with_it_and_is_told_as_lost()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync("echo before; setsid sleep 300 & sleep 300");
        await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count >= 3 && attempt.Stdout.Length > 0, "the tree is there");
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        var finished = await attempt.FinishedAsync();
        Assert.Equal(Outcome.SupervisorLost, finished.Outcome);
        Assert.Equal(("before\n", 7), (attempt.Stdout, finished.StdoutBytes));
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Equal(3, finished.Killed);
    }

    [Fact]
    public async Task What_was_claimed_and_not_started_or_ran_before_a_reboot_is_told_by_the_next_agent()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        await fixture.Agent.KillAsync();
        var journal = new AgentJournal(new DataDirectory(fixture.Data.Path), TimeProvider.System, NullLogger<AgentJournal>.Instance);
        var claimed = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        var rebooted = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        Claim(journal, claimed);
        Claim(journal, rebooted).WriteStart(new StartRecord { BootId = "another", Pid = 1, SupervisorPid = 1, StartedAtMs = 1_000 });
        // A folder whose claim never came to be promised nothing.
        var empty = Directory.CreateDirectory(Path.Combine(fixture.Data.Path, "attempts", $"{Guid.CreateVersion7():D}-1")).FullName;

        var session = await fixture.StartAgentAsync();
        Assert.Equal([claimed.Key, rebooted.Key], session.Hello.Attempts.Select(entry => entry.Key));
        Assert.Equal(Outcome.StartFailed, (await claimed.FinishedAsync()).Outcome);
        Assert.Equal(Outcome.HostRestarted, (await rebooted.FinishedAsync()).Outcome);
        Assert.Equal(0, claimed.AllFinished[0].StartedAtMs);
        Assert.True(File.Exists(Path.Combine(fixture.Data.Path, "attempts", claimed.FolderName, "abandoned")));
        Assert.False(Directory.Exists(empty));
    }

    [Fact]
    public async Task What_the_hub_forgets_goes_and_never_starts_again_but_a_running_one_goes_on()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var go = Path.Combine(fixture.Data.Path, "go");
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {go} ]; do sleep 0.02; done; echo done > {go}.done");
        await attempt.StartedAsync();
        await fixture.SendAsync(new HubMessage { Forget = new Forget { Key = attempt.Key } });
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(fixture.Data.Path, "tombstones", attempt.FolderName)), "the tombstone is there");
        await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(attempt, "echo never") });
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => File.Exists(go + ".done"), "it went on");
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName)), "its folder is gone");
        Assert.Empty(attempt.AllFinished);
        Assert.Single(attempt.AllStarted);
    }

    private static AttemptFolder Claim(AgentJournal journal, AttemptView attempt)
    {
        Assert.True(AttemptId.TryFrom(attempt.Key, out var id));
        return journal.Claim(id, new ClaimRecord { Key = attempt.Key, TimeoutMs = 1_000, OutputHeadBytes = 1_000, OutputTailBytes = 1_000, OutputWindowBytes = 1 << 20, OutputLiveBytesPerSecond = 1 << 16 });
    }
}
