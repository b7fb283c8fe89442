using System.Globalization;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>Whatever a script leaves in its folder, or does to it, its end is told.</summary>
public sealed class HostileScriptTests(ConnectedAgent connected) : IClassFixture<ConnectedAgent>
{
    private AgentFixture Fixture => connected.Fixture;

    public static TheoryData<string, string, int> Scripts => new()
    {
        { "a name that is no UTF-8", "printf x > \"$(printf 'bad\\377name')\"; mkdir \"$(printf 'dir\\377')\"; exit 7", 7 },
        { "a tree deeper than any path", "python3 -c \"import os\nfor i in range(3000):\n os.mkdir('deep-folder'); os.chdir('deep-folder')\"; exit 7", 7 },
        { "sparse files whose sizes overflow a sum", "for i in 1 2 3; do truncate -s 7E sparse$i || truncate -s 8000G sparse$i; done; exit 7", 7 },
        { "a folder without search permission", "mkdir -p closed/x; echo 1 > closed/x/f; chmod 000 closed/x closed; exit 7", 7 },
        { "its own folder removed", "rm -rf \"$(dirname \"$0\")\"; exit 7", 7 },
        { "links to elsewhere", "ln -s /etc etc; ln -s / root; ln /etc/hostname hard 2>/dev/null; exit 7", 7 },
        { "a pipe and a socket", "mkfifo pipe; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"; exit 7", 7 },
        { "ten thousand names", "python3 -c \"for i in range(10000): open(str(i), 'w').close()\"; exit 7", 7 },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task What_lies_in_the_folder_keeps_no_end_from_being_told_and_goes(string what, string script, int exitCode)
    {
        foreach (var user in (string[])["", "nobody"])
        {
            var attempt = await Fixture.ExecuteAsync(script, execute => execute.RunAs = user);
            var finished = await attempt.FinishedAsync();
            Assert.True((finished.Outcome, finished.ExitCode) == (Outcome.Exited, exitCode), $"{what}, as '{user}': {finished}");
            await GoneAsync(attempt);
        }
    }

    [Fact]
    public async Task A_script_of_the_agents_user_that_removes_every_record_of_itself_is_told_with_its_exit_code()
    {
        var attempt = await Fixture.ExecuteAsync($"rm -rf {Fixture.Data.Path}/attempts/*; exit 9");
        Assert.Equal((Outcome.Exited, 9), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
        await GoneAsync(attempt);
    }

    [Fact]
    public async Task A_script_of_the_agents_user_that_removes_every_record_of_itself_and_kills_its_supervisor_is_told_as_lost()
    {
        var attempt = await Fixture.ExecuteAsync($"rm -rf {Fixture.Data.Path}/attempts/*; kill -9 $PPID; sleep 60");
        Assert.Equal(Outcome.SupervisorLost, (await attempt.FinishedAsync()).Outcome);
        await GoneAsync(attempt);
    }

    [Fact]
    public async Task A_script_that_removes_all_records_of_the_agent_is_told_by_the_next_agent()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var go = Path.Combine(fixture.Data.Path, "go");
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {go} ]; do sleep 0.02; done; rm -rf {fixture.Data.Path}/attempts; exit 9");
        await attempt.StartedAsync();
        await fixture.Agent.KillAsync();
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName, "end")), "the end is on disk");
        var session = await fixture.StartAgentAsync();
        Assert.Equal((JournalEntry.Types.State.Ended, 9), (Assert.Single(session.Hello.Attempts).State, session.Hello.Attempts[0].ExitCode));
    }

    [Fact]
    public async Task Four_scripts_that_remove_their_folders_leave_room_for_the_fifth()
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, "--max-running", "4");
        for (var round = 0; round < 5; round++)
        {
            var attempt = await fixture.ExecuteAsync("rm -rf \"$(dirname \"$0\")\"; exit 0");
            Assert.Equal(0, (await attempt.FinishedAsync()).ExitCode);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_deleted_is_counted_and_goes_when_it_can_be()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { NextHeartbeatMs = 50 });
        // A mount in the folder: nothing behind it is touched.
        using var elsewhere = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(elsewhere.Path, "precious"), "", TestContext.Current.CancellationToken);
        var attempt = await fixture.ExecuteAsync($"mkdir mounted && mount --bind {elsewhere.Path} mounted && pwd");
        var finished = await attempt.FinishedAsync();
        Assert.SkipUnless(finished.ExitCode == 0, "nothing can be mounted here");
        try
        {
            await Eventually.TrueAsync(() => HeartbeatsSay(fixture, stuck: true), "heartbeats count it");
            Assert.True(File.Exists(Path.Combine(elsewhere.Path, "precious")));
            Assert.Equal(0, (await (await fixture.ExecuteAsync("echo on")).FinishedAsync()).ExitCode);
        }
        finally
        {
            foreach (var mounted in MountsBeneath(fixture.Data.Path))
                await Unmount(mounted);
        }

        // The next deletion tries the rest too.
        await (await fixture.ExecuteAsync("echo again")).FinishedAsync();
        await Eventually.TrueAsync(() => HeartbeatsSay(fixture, stuck: false), "it is gone");
        Assert.True(File.Exists(Path.Combine(elsewhere.Path, "precious")));
    }

    private static bool HeartbeatsSay(AgentFixture fixture, bool stuck) =>
        fixture.Session.Received.LastOrDefault(message => message.Heartbeat is not null)?.Heartbeat.Load.StuckFolders > 0 == stuck;

    private static IEnumerable<string> MountsBeneath(string folder) =>
        [.. File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(place => place.StartsWith(folder, StringComparison.Ordinal))];

    private static async Task Unmount(string place)
    {
        using var process = System.Diagnostics.Process.Start("umount", [place]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private async Task GoneAsync(AttemptView attempt)
    {
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(Fixture.Data.Path, "attempts", attempt.FolderName)), "its records are gone");
        await Eventually.TrueAsync(() => Directory.GetFileSystemEntries(Path.Combine(Fixture.Data.Path, "work")).Length == 0, string.Create(CultureInfo.InvariantCulture, $"its folder {attempt.FolderName} is gone"));
    }
}
