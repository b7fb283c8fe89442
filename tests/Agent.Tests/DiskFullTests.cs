using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>The data directory on a small disk of its own, filled to the last byte.</summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly SmallDisk _disk = SmallDisk.Mount(mebibytes: 8);
    private readonly TemporaryFolder _elsewhere = new();

    private AgentLaunch Launch => new() { DataDirectory = _disk.DataDirectory };

    private string Go => Path.Combine(_elsewhere.Path, "go");

    [Fact]
    public async Task Nothing_new_starts_on_a_full_disk_and_work_is_taken_again_when_there_is_room()
    {
        await using var fixture = await AgentFixture.StartAsync(null, Launch);
        _disk.Fill();
        var refused = await fixture.ExecuteAsync($"echo never > {Go}");
        Assert.Equal(Refused.Types.Cause.ClaimNotWritten, (await refused.RefusedAsync()).Cause);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_disk.DataDirectory, "attempts")));
        await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(refused, $"echo never > {Go}") });
        await Eventually.TrueAsync(() => refused.AllRefused.Count == 2, "a copy is refused too");

        _disk.MakeRoom();
        var taken = await fixture.ExecuteAsync("echo again");
        await taken.FinishedAsync();
        Assert.Equal("again\n", taken.Stdout);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_disk.DataDirectory, "tombstones", refused.FolderName)), "the refusal is kept now");
        await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(refused, $"echo never > {Go}") });
        await Eventually.TrueAsync(() => refused.AllRefused.Count == 3, "and refused with room");
        Assert.False(File.Exists(Go));
        Assert.Single(fixture.Hub.State.Sessions);
    }

    [Fact]
    public async Task A_refusal_that_is_not_on_disk_does_not_make_the_journal_look_rolled_back()
    {
        await using var fixture = await AgentFixture.StartAsync(null, Launch);
        var first = await fixture.ExecuteAsync("true");
        await first.FinishedAsync();
        _disk.Fill();
        var refused = await (await fixture.ExecuteAsync("true")).RefusedAsync();
        await fixture.Agent.KillAsync();
        var session = await fixture.StartAgentAsync(Launch);
        Assert.Equal(fixture.Hub.State.Sessions[0].Hello.JournalId, session.Hello.JournalId);
        Assert.True(session.Hello.JournalSequence >= refused.JournalSequence, $"{session.Hello.JournalSequence} is less than what was told, {refused.JournalSequence}");
    }

    [Fact]
    public async Task A_script_prints_on_and_its_end_is_kept_told_and_let_go_on_a_full_disk()
    {
        const int lines = 400_000;
        await using var fixture = await AgentFixture.StartAsync(null, Launch);
        var attempt = await fixture.ExecuteAsync(
            $"import os,sys,time\nprint('first', flush=True)\nwhile not os.path.exists('{Go}'): time.sleep(0.02)\nfor i in range({lines}): print('%07d' % i)\nsys.exit(3)",
            execute => execute.Interpreter[0] = "python3");
        await Eventually.TrueAsync(() => attempt.Stdout == "first\n", "the first line came");
        _disk.Fill();
        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 3), (finished.Outcome, finished.ExitCode));
        Assert.Equal("first\n".Length + (lines * 8), finished.StdoutBytes);
        // Every byte was sent or named: Bytes looks for gaps.
        Assert.Equal(finished.StdoutBytes, attempt.Bytes(OutputStream.Stdout).LongLength + attempt.Omissions.Sum(omitted => omitted.To - omitted.From));
        Assert.NotEmpty(attempt.Omissions);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_disk.DataDirectory, "tombstones", attempt.FolderName)), "the tombstone is there");
        await Eventually.TrueAsync(() => !Directory.Exists(FolderOf(attempt)), "the folder is gone");
    }

    [Fact]
    public async Task Many_that_end_at_once_on_a_full_disk_are_all_told_with_their_exit_codes()
    {
        await using var fixture = await AgentFixture.StartAsync(null, Launch);
        List<AttemptView> attempts = [];
        for (var code = 0; code < 8; code++)
            attempts.Add(await fixture.ExecuteAsync($"while [ ! -e {Go} ]; do sleep 0.05; done; exit {code}"));
        foreach (var attempt in attempts)
            await attempt.StartedAsync();
        _disk.Fill();
        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        foreach (var (attempt, code) in attempts.Zip(Enumerable.Range(0, 8)))
            Assert.Equal((Outcome.Exited, code), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
    }

    [Fact]
    public async Task An_end_that_cannot_be_written_is_told_by_its_supervisor_and_kept_when_there_is_room()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false }, Launch);
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {Go} ]; do sleep 0.05; done; exit 6");
        await attempt.StartedAsync();
        var supervisor = ProcessTable.SupervisorOf(attempt);
        // As on a file system that never writes in place.
        File.Delete(Path.Combine(FolderOf(attempt), "end.new"));

        // Keeps the room of the script, which is deleted once the end is told.
        await using var script = File.OpenRead(Path.Combine(_disk.DataDirectory, "work", attempt.FolderName, "script"));
        _disk.Fill();
        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        Assert.Equal((Outcome.Exited, 6), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
        Assert.True(ProcessTable.IsAlive(supervisor));

        // A later agent hears it too.
        await fixture.Agent.KillAsync();
        var session = await fixture.StartAgentAsync(Launch);
        await Eventually.TrueAsync(() => session.Received.Any(message => message.Finished?.Key.Equals(attempt.Key) == true), "the end is told again");
        _disk.MakeRoom();
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(FolderOf(attempt), "end")), "the end is on disk");
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor has ended");
        await session.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = attempt.Key, End = true } });
        await Eventually.TrueAsync(() => !Directory.Exists(FolderOf(attempt)), "the folder is gone");
    }

    [Fact]
    public async Task An_agent_that_is_restarted_on_a_full_disk_says_so_tells_what_ended_and_takes_work_when_there_is_room()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false }, Launch);
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {Go} ]; do sleep 0.05; done; exit 7");
        await attempt.StartedAsync();
        await fixture.Agent.KillAsync();
        _disk.Fill();
        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(FolderOf(attempt), "end")), "it has ended");

        await fixture.StartAgentAsync(Launch);
        Assert.Contains("has no room left", fixture.Agent.Log, StringComparison.Ordinal);
        Assert.Equal((Outcome.Exited, 7), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
        var refused = await fixture.ExecuteAsync("true");
        Assert.Equal(Refused.Types.Cause.ClaimNotWritten, (await refused.RefusedAsync()).Cause);

        _disk.MakeRoom();
        var taken = await fixture.ExecuteAsync("echo again");
        await taken.FinishedAsync();
        Assert.Equal("again\n", taken.Stdout);
    }

    [Fact]
    public async Task An_agent_that_cannot_even_make_its_key_says_why_in_one_sentence()
    {
        Directory.CreateDirectory(_disk.DataDirectory);
        _disk.Fill();
        await using var agent = AgentProcess.Start("http://127.0.0.1:1", _disk.DataDirectory);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, agent.ExitCode);
        Assert.Contains($"--data-dir: '{_disk.DataDirectory}' cannot be used: ", agent.Log, StringComparison.Ordinal);
        Assert.Contains("No space left on device", agent.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Log, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _disk.Dispose();
        _elsewhere.Dispose();
    }

    private string FolderOf(AttemptView attempt) => Path.Combine(_disk.DataDirectory, "attempts", attempt.FolderName);
}
