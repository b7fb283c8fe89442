using Microsoft.Extensions.Time.Testing;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>What belongs to an attempt and what does not, with cgroups and without.</summary>
public sealed class CgroupTests : IDisposable
{
    private const string LeavesEverything = "(env -i setsid sleep 4711 </dev/null >/dev/null 2>&1 &) & sleep 4712";

    [Theory]
    [InlineData("0::/", "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw", "/sys/fs/cgroup/unified")]
    [InlineData("0::/system.slice/a.service", "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw", "/sys/fs/cgroup/system.slice/a.service")]
    [InlineData("0::/docker/abc/inner", "29 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw", "/sys/fs/cgroup/inner")]
    [InlineData("0::/docker/abc", "29 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw", "/sys/fs/cgroup")]
    [InlineData("0::/elsewhere", "29 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw", "")]
    [InlineData("7:pids:/", "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw", "")]
    [InlineData("0::/", "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu", "")]
    public void The_cgroup_of_this_process_is_found_where_it_is_mounted(string own, string mount, string found) =>
        Assert.Equal(found, HostCgroups.Find(["22 1 8:1 / / rw - ext4 /dev/vda rw", mount], ["3:cpuset:/", own]));

    [Fact]
    public async Task With_a_cgroup_a_lost_supervisor_takes_with_it_even_what_left_session_and_environment()
    {
        Assert.SkipUnless(new HostCgroups(true).Parent.Length > 0, "no cgroup can be made here");
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync(LeavesEverything);
        await Eventually.TrueAsync(() => Sleepers().Count == 2, "the tree is there");
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.SupervisorLost, "lost.tree-killed"), (finished.Outcome, Assert.Single(finished.Details).Code));
        Assert.Empty(Sleepers());
        Assert.Null(AttemptCgroup.TryFind(new HostCgroups(true).Parent, new AttemptId(attempt.CommandHostId, 1)));
    }

    [Fact]
    public async Task Without_one_only_what_is_certain_is_killed_and_the_rest_is_told()
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, "--without-cgroups");
        var attempt = await fixture.ExecuteAsync(LeavesEverything);
        await Eventually.TrueAsync(() => Sleepers().Count == 2 && ProcessTable.Of(attempt).Count == 2, "the tree is there, and nothing between");
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        var finished = await attempt.FinishedAsync();
        Assert.Equal(Outcome.SupervisorLost, finished.Outcome);
        Assert.Equal("lost.session-killed count=2", AttemptDetail.Describe(finished.Details[0]));
        Signals.Send(Assert.Single(Sleepers()), Signals.Kill);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_carries_the_mark_of_an_attempt_and_is_none_of_it_is_never_killed(bool cgroups)
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, cgroups ? [] : ["--without-cgroups"]);
        var attempt = await fixture.ExecuteAsync("sleep 4712");
        await attempt.StartedAsync();
        using var stranger = System.Diagnostics.Process.Start("/usr/bin/env", [$"TASKCONSOLE_COMMAND_HOST_ID={attempt.CommandHostId:D}", "TASKCONSOLE_ATTEMPT=1", "sleep", "4713"]);
        try
        {
            await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Contains(stranger.Id), "the stranger carries the mark");
            Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
            Assert.Equal(Outcome.SupervisorLost, (await attempt.FinishedAsync()).Outcome);
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancel_ends_what_left_session_and_environment_while_the_supervisor_lives(bool cgroups)
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, cgroups ? [] : ["--without-cgroups"]);
        var attempt = await fixture.ExecuteAsync(LeavesEverything);
        await Eventually.TrueAsync(() => Sleepers().Count == 2, "the tree is there");
        await fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = attempt.Key, Reason = CancelReason.User, KillGraceMs = 1_000 } });
        Assert.Equal(Outcome.Canceled, (await attempt.FinishedAsync()).Outcome);
        Assert.Empty(Sleepers());
    }

    [Fact]
    public async Task One_that_no_supervisor_takes_away_goes_when_the_last_of_its_processes_has_ended()
    {
        await WithParentAsync(async parent =>
        {
            using var lingering = System.Diagnostics.Process.Start("sleep", "4714");
            try
            {
                var cgroup = AttemptCgroup.TryMake(parent, new AttemptId(Guid.CreateVersion7(), 1), lingering.Id);
                Assert.NotNull(cgroup);
                var time = new FakeTimeProvider();
                using var cleaner = new CgroupCleaner(parent, time);
                await cleaner.StartAsync(TestContext.Current.CancellationToken);
                for (var looks = 0; looks < 5; looks++)
                {
                    time.Advance(CgroupCleaner.Interval);
                    await Task.Delay(20, TestContext.Current.CancellationToken);
                }

                Assert.True(Directory.Exists(cgroup.Path));
                lingering.Kill();
                await lingering.WaitForExitAsync(TestContext.Current.CancellationToken);
                await Eventually.TrueAsync(
                    () =>
                    {
                        time.Advance(CgroupCleaner.Interval);
                        return !Directory.Exists(cgroup.Path);
                    },
                    "it is gone");
                await cleaner.StopAsync(TestContext.Current.CancellationToken);
            }
            finally
            {
                lingering.Kill();
            }
        });
    }

    [Fact]
    public Task One_that_waits_for_its_first_process_is_left_alone() => WithParentAsync(parent =>
    {
        var made = Directory.CreateDirectory(Path.Combine(parent, $"taskconsole-{new AttemptId(Guid.CreateVersion7(), 1)}")).FullName;
        var there = AttemptCgroup.RemoveEmpty(parent, new HashSet<string>());
        Assert.Equal([made], there);
        Assert.True(Directory.Exists(made));
        Assert.Empty(AttemptCgroup.RemoveEmpty(parent, there));
        Assert.False(Directory.Exists(made));
        return Task.CompletedTask;
    });

    public void Dispose()
    {
        foreach (var pid in Sleepers())
            Signals.Send(pid, Signals.Kill);
    }

    // Of its own: those of other tests are not looked at.
    private static async Task WithParentAsync(Func<string, Task> test)
    {
        var own = new HostCgroups(true).Parent;
        Assert.SkipUnless(own.Length > 0, "only root, where cgroup version 2 is mounted");
        var parent = Directory.CreateDirectory(Path.Combine(own, $"cleaning-{Guid.CreateVersion7():N}")).FullName;
        try
        {
            await test(parent);
        }
        finally
        {
            foreach (var left in Directory.EnumerateDirectories(parent))
                Directory.Delete(left);
            Directory.Delete(parent);
        }
    }

    // The tests of a class run one after the other.
    private static List<int> Sleepers() => [.. ProcessTable.WithArgument("sleep\u00004711").Concat(ProcessTable.WithArgument("sleep\u00004712"))];
}
