using System.Globalization;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>Agent and supervisor killed at each point between the claim and the end, the other one late or gone.</summary>
public sealed class KillPointTests : IDisposable
{
    private readonly GatedProgram _program = new();
    private readonly TemporaryFolder _folder = new();

    private string Ran => Path.Combine(_folder.Path, "ran");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_supervisor_that_comes_after_its_agent_was_killed_starts_nothing(bool folderIsGone)
    {
        await using var fixture = await StartAsync(acknowledges: folderIsGone);
        _program.HoldSupervisors();
        var attempt = await fixture.ExecuteAsync($"echo ran >> {Ran}");
        var supervisor = await _program.SupervisorWaitsAsync();
        await HandedOverAsync(fixture, supervisor);
        await fixture.Agent.KillAsync();

        await fixture.StartAgentAsync();
        AssertNeverStarted(await attempt.FinishedAsync());
        var folder = FolderOf(fixture, attempt);
        if (folderIsGone)
            await Eventually.TrueAsync(() => !Directory.Exists(folder), "the folder is gone");
        else
            Assert.True(File.Exists(Path.Combine(folder, "abandoned")));
        _program.LetSupervisorsGo();
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor has ended");
        AssertNothingOf(attempt);
        Assert.Equal(folderIsGone, !Directory.Exists(folder));
    }

    [Fact]
    public async Task An_agent_killed_in_the_middle_of_the_hand_over_has_started_nothing()
    {
        await using var fixture = await StartAsync();
        _program.HoldSupervisors();
        var attempt = await fixture.ExecuteAsync(
            $"echo ran >> {Ran}", execute => execute.Payload.Environment["LARGER_THAN_A_PIPE"] = new string('x', 90_000));
        var supervisor = await _program.SupervisorWaitsAsync();
        await fixture.Agent.KillAsync();
        _program.LetSupervisorsGo();
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor has ended");

        await fixture.StartAgentAsync();
        AssertNeverStarted(await attempt.FinishedAsync());
        AssertNothingOf(attempt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_supervisor_killed_before_its_start_record_has_started_nothing(bool agentToo)
    {
        await using var fixture = await StartAsync();
        _program.HoldSupervisors();
        var attempt = await fixture.ExecuteAsync($"echo ran >> {Ran}");
        var supervisor = await _program.SupervisorWaitsAsync();
        if (agentToo)
            await fixture.Agent.KillAsync();
        Signals.Send(supervisor, Signals.Kill);
        if (agentToo)
            await fixture.StartAgentAsync();
        AssertNeverStarted(await attempt.FinishedAsync());
        AssertNothingOf(attempt);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_supervisor_killed_between_its_start_record_and_the_script_is_lost_and_the_script_never_runs(bool agentToo, bool execGoesFirst)
    {
        await using var fixture = await StartAsync();
        _program.HoldSupervisors();
        var attempt = await fixture.ExecuteAsync($"echo ran >> {Ran}");
        var supervisor = await _program.SupervisorWaitsAsync();
        // The lock holds it where its own program can be replaced.
        using (LockOf(fixture, attempt))
        {
            _program.LetSupervisorsGo();
            await Eventually.TrueAsync(() => WaitsForLock(supervisor), "the supervisor waits for its lock");
            _program.HoldScripts();
        }

        await _program.ScriptWaitsAsync();
        Assert.Equal(0, new AttemptFolder(FolderOf(fixture, attempt)).ReadStart()!.Pid);
        if (agentToo)
            await fixture.Agent.KillAsync();
        Signals.Send(supervisor, Signals.Kill);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor is gone");
        if (execGoesFirst)
        {
            _program.LetScriptsGo();
            await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count == 0, "the exec role found that it is alone");
        }

        if (agentToo)
            await fixture.StartAgentAsync();
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.SupervisorLost, 0), (finished.Outcome, finished.StartedAtMs));
        _program.LetScriptsGo();

        // Without a cgroup nobody could kill the exec role.
        await Eventually.TrueAsync(() => ProcessTable.Of(attempt).Count == 0, "the exec role found that it is alone");
        AssertNothingOf(attempt);
    }

    [Fact]
    public async Task A_supervisor_whose_folder_goes_while_it_waits_for_its_lock_starts_nothing_and_ends()
    {
        await using var fixture = await StartAsync();
        _program.HoldSupervisors();
        var attempt = await fixture.ExecuteAsync($"echo ran >> {Ran}");
        var supervisor = await _program.SupervisorWaitsAsync();
        await HandedOverAsync(fixture, supervisor);
        await fixture.Agent.KillAsync();
        using (LockOf(fixture, attempt))
        {
            _program.LetSupervisorsGo();
            await Eventually.TrueAsync(() => WaitsForLock(supervisor), "the supervisor waits for its lock");
            Directory.Delete(FolderOf(fixture, attempt), recursive: true);
        }

        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(supervisor), "the supervisor has ended");
        AssertNothingOf(attempt);
    }

    [Fact]
    public async Task An_agent_killed_between_the_end_and_its_acknowledgement_tells_the_same_end_again()
    {
        await using var fixture = await StartAsync();
        var attempt = await fixture.ExecuteAsync($"echo ran | tee -a {Ran}; exit 9");
        var told = await attempt.FinishedAsync();
        await fixture.Agent.KillAsync();
        var session = await fixture.StartAgentAsync();
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "the end is told again");
        Assert.Equal(told, attempt.AllFinished[1]);
        await session.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = attempt.Key, End = true } });
        await Eventually.TrueAsync(() => !Directory.Exists(FolderOf(fixture, attempt)), "the folder is gone");
        await session.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(attempt, $"echo ran >> {Ran}") });
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 3, "a copy is answered from the tombstone");
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Ran, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Supervisors_and_scripts_survive_when_the_process_group_of_the_agent_is_killed()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Through = ["setsid"] });
        var go = Path.Combine(_folder.Path, "go");
        var attempt = await fixture.ExecuteAsync($"echo ran >> {Ran}; while [ ! -e {go} ]; do sleep 0.02; done; exit 4");
        await attempt.StartedAsync();
        var supervisor = ProcessTable.SupervisorOf(attempt);
        Signals.Send(-fixture.Agent.Pid, Signals.Kill);
        await fixture.Agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(ProcessTable.IsAlive(supervisor));

        await fixture.StartAgentAsync();
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 4), (finished.Outcome, finished.ExitCode));
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Ran, TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _program.Dispose();
    }

    private Task<AgentFixture> StartAsync(bool acknowledges = false) =>
        AgentFixture.StartAsync(new HubState { Acknowledges = acknowledges }, _program.Program);

    private static void AssertNeverStarted(Finished finished) =>
        Assert.Equal((Outcome.StartFailed, 0), (finished.Outcome, finished.StartedAtMs));

    private void AssertNothingOf(AttemptView attempt)
    {
        Assert.Empty(ProcessTable.Of(attempt));
        Assert.Empty(attempt.AllStarted);
        Assert.InRange(attempt.AllFinished.Count, 0, 1);
        Assert.False(File.Exists(Ran));
    }

    private static string FolderOf(AgentFixture fixture, AttemptView attempt) => Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName);

    private static FileLock LockOf(AgentFixture fixture, AttemptView attempt) => new AttemptFolder(FolderOf(fixture, attempt)).Lock();

    // The agent has written the whole request into the pipe, and closed its end.
    private static Task HandedOverAsync(AgentFixture fixture, int supervisor)
    {
        var pipe = ProcessTable.Descriptor(supervisor, 0);
        return Eventually.TrueAsync(() => !ProcessTable.Descriptors(fixture.Agent.Pid).Contains(pipe), "the request is handed over");
    }

    // "12: -> FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF"
    private static bool WaitsForLock(int pid) =>
        File.ReadLines("/proc/locks").Any(line => line.Contains("-> FLOCK", StringComparison.Ordinal)
            && line.Contains(string.Create(CultureInfo.InvariantCulture, $" {pid} "), StringComparison.Ordinal));
}
