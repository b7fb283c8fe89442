using System.Globalization;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>What a script leaves running in the background lives on, and is told of when it has ended.</summary>
public sealed class LeftoverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Go => Path.Combine(_folder.Path, "go");

    private string Log => Path.Combine(_folder.Path, "log");

    // As nginx does: forks twice, writes to a file of its own and to the script's output.
    private string Daemon => $"echo v > data; (setsid sh -c 'while [ ! -e {Go} ]; do echo tick; cat data >> {Log}; sleep 0.05; done; echo done >> {Log}' &) & echo started";

    [Fact]
    public async Task A_daemon_keeps_its_pipes_and_its_folder_over_a_restart_of_the_agent_until_it_ends()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { NextHeartbeatMs = 50 }, null, "--max-running", "1");
        var attempt = await fixture.ExecuteAsync(Daemon);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 0), (finished.Outcome, finished.ExitCode));
        Assert.InRange(finished.Background, 1, 2);
        Assert.Equal("background.left", Assert.Single(finished.Details).Code);
        var records = Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName);
        await Eventually.TrueAsync(() => !Directory.Exists(records), "the attempt is let go");
        // Its slot is free.
        Assert.Equal(0, (await (await fixture.ExecuteAsync("echo next")).FinishedAsync()).ExitCode);
        await WritesAsync();

        await fixture.Agent.KillAsync();
        await fixture.StartAgentAsync();
        await WritesAsync();
        Assert.True(Directory.Exists(Work(fixture, attempt)));
        await Eventually.TrueAsync(() => LastHeartbeat(fixture)?.Load.Lingering == 1, "heartbeats count it");

        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        var ended = await EndedAsync(fixture, attempt);
        Assert.True(ended.DroppedBytes > 0);
        Assert.Equal(0, ended.Killed);
        Assert.EndsWith("done\n", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !Directory.Exists(Work(fixture, attempt)), "its folder is gone");
        Assert.Equal(finished.StdoutBytes, attempt.Bytes(OutputStream.Stdout).Length);

        await fixture.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = attempt.Key, Background = true } });
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(fixture.Data.Path, "leftovers", attempt.FolderName)), "it is gone from the books");
    }

    [Fact]
    public async Task It_is_told_again_until_the_hub_has_acknowledged_it()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync(Daemon);
        await attempt.FinishedAsync();
        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        var first = await EndedAsync(fixture, attempt);
        await fixture.Agent.KillAsync();
        await fixture.StartAgentAsync();
        await Eventually.TrueAsync(() => Told(fixture, attempt).Count == 2, "it is told again");
        Assert.Equal(first, Told(fixture, attempt)[1]);
    }

    [Fact]
    public async Task A_person_ends_it_though_it_ignores_the_request()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync($"(trap '' TERM; while :; do sleep 0.05; echo tick >> {Log}; done) & (setsid sleep 300 >/dev/null 2>&1 &) & echo started");
        await attempt.FinishedAsync();
        await WritesAsync();
        await fixture.SendAsync(new HubMessage { EndBackground = new EndBackground { Key = attempt.Key, KillGraceMs = 200 } });
        var ended = await EndedAsync(fixture, attempt);
        Assert.True(ended.Killed >= 2, $"{ended}");
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Single(attempt.AllFinished);
    }

    [Fact]
    public async Task A_cancel_that_comes_after_the_end_does_not_end_it()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var attempt = await fixture.ExecuteAsync(Daemon);
        await attempt.FinishedAsync();
        await fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = attempt.Key, Reason = CancelReason.User, KillGraceMs = 100 } });
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "the end is told again");
        Assert.Equal(Outcome.Exited, attempt.AllFinished[1].Outcome);
        await WritesAsync();
    }

    [Fact]
    public async Task Past_the_limit_it_loses_its_pipes_and_its_folder_and_the_end_says_so()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var leftovers = Path.Combine(fixture.Data.Path, "leftovers");
        List<IDisposable> held = [];
        for (var i = 0; i < Journal.LeftoverFolder.Most; i++)
        {
            var folder = new Journal.LeftoverFolder(Path.Combine(leftovers, string.Create(CultureInfo.InvariantCulture, $"{Guid.CreateVersion7():D}-{i + 1}")));
            held.Add(folder.TryBegin(new Journal.Records.LeftoverRecord())!);
        }

        var attempt = await fixture.ExecuteAsync("sleep 300 & echo started");
        var finished = await attempt.FinishedAsync();
        Assert.Equal(["background.left count=1", "background.too-many limit=64"], finished.Details.Select(AttemptDetail.Describe));
        await Eventually.TrueAsync(() => !Directory.Exists(Work(fixture, attempt)), "its folder is gone");
        foreach (var pid in ProcessTable.Of(attempt))
            Signals.Send(pid, Signals.Kill);
        held.ForEach(one => one.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_supervisor_that_is_killed_while_it_lingers_leaves_nothing_in_the_books(bool cgroups)
    {
        var launch = new AgentLaunch { Arguments = cgroups ? [] : ["--without-cgroups"] };
        await using var fixture = await AgentFixture.StartAsync(null, launch);
        var attempt = await fixture.ExecuteAsync("(sleep 300 >/dev/null 2>&1 &) & echo started");
        await attempt.FinishedAsync();
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count == 1, "what it kept runs on");
        await fixture.Agent.KillAsync();
        Assert.Equal(1, (await fixture.StartAgentAsync(launch)).Hello.Load.Lingering);
        Assert.True(Directory.Exists(Work(fixture, attempt)));
        foreach (var pid in ProcessTable.Of(attempt))
            Signals.Send(pid, Signals.Kill);
        await EndedAsync(fixture, attempt);
        await Eventually.TrueAsync(() => !Directory.Exists(Work(fixture, attempt)), "its folder is gone");
    }

    [Fact]
    public async Task A_person_ends_it_also_after_its_supervisor_was_killed()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var attempt = await fixture.ExecuteAsync("(trap '' TERM; while :; do sleep 0.05; done) >/dev/null 2>&1 & echo started");
        await attempt.FinishedAsync();
        var supervisor = ProcessTable.SupervisorOf(attempt);
        Signals.Send(supervisor, Signals.Kill);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor is gone");
        Assert.NotEmpty(ProcessTable.Of(attempt));
        await fixture.SendAsync(new HubMessage { EndBackground = new EndBackground { Key = attempt.Key, KillGraceMs = 200 } });
        var ended = await EndedAsync(fixture, attempt);
        Assert.True(ended.Killed >= 1, $"{ended}");
        Assert.Empty(ProcessTable.Of(attempt));
    }

    public void Dispose() => _folder.Dispose();

    private async Task WritesAsync()
    {
        var before = Length();
        await Eventually.TrueAsync(() => Length() > before, "it writes on");
    }

    private long Length() => File.Exists(Log) ? new FileInfo(Log).Length : 0;

    private static string Work(AgentFixture fixture, AttemptView attempt) => Path.Combine(fixture.Data.Path, "work", attempt.FolderName);

    private static Heartbeat? LastHeartbeat(AgentFixture fixture) => fixture.Session.Received.LastOrDefault(message => message.Heartbeat is not null)?.Heartbeat;

    private static List<BackgroundEnded> Told(AgentFixture fixture, AttemptView attempt) =>
        [.. fixture.Hub.State.Sessions.SelectMany(session => session.Received).Where(message => message.BackgroundEnded?.Key.Equals(attempt.Key) == true).Select(message => message.BackgroundEnded)];

    private static Task<BackgroundEnded> EndedAsync(AgentFixture fixture, AttemptView attempt) =>
        Eventually.SomethingAsync(() => Told(fixture, attempt) is [var first, ..] ? first : null, "its end is told");
}
