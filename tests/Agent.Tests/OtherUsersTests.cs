using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>Other users of the host can neither read, hold nor replace what decides.</summary>
public sealed class OtherUsersTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    [Fact]
    public async Task A_script_of_another_user_can_open_no_file_of_its_attempt_and_cannot_hold_its_lock()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var go = Path.Combine(_folder.Path, "go");
        var attempt = await fixture.ExecuteAsync(
            $"""
            for name in lock claim start head sock; do
              cat {fixture.Data.Path}/attempts/$TASKCONSOLE_COMMAND_HOST_ID-1/$name 2>&1 | grep -q 'Permission denied' || echo "open: $name"
            done
            flock -n {fixture.Data.Path}/attempts/$TASKCONSOLE_COMMAND_HOST_ID-1/lock true 2>/dev/null && echo held
            flock -n {fixture.Data.Path}/agent.lock true 2>/dev/null && echo held
            ls {fixture.Data.Path} {fixture.Data.Path}/work 2>/dev/null && echo listed
            cat {fixture.Data.Path}/key 2>/dev/null && echo key
            echo looked; while [ ! -e {go} ]; do sleep 0.02; done
            """,
            execute => execute.RunAs = "nobody");
        await Eventually.TrueAsync(() => attempt.Stdout.EndsWith("looked\n", StringComparison.Ordinal), "it has looked");
        Assert.Equal("looked\n", attempt.Stdout);
        await fixture.SendAsync(new HubMessage { Cancel = new Cancel { Key = attempt.Key, Reason = CancelReason.User, KillGraceMs = 500 } });
        Assert.Equal(Outcome.Canceled, (await attempt.FinishedAsync()).Outcome);
    }

    [Fact]
    public async Task A_script_of_another_user_reaches_its_folder_in_a_data_directory_whose_parents_were_made_with_it()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { DataDirectory = Path.Combine(_folder.Path, "made", "with", "it") });
        var finished = await (await fixture.ExecuteAsync("pwd", execute => execute.RunAs = "nobody")).FinishedAsync();
        Assert.Equal((Outcome.Exited, 0), (finished.Outcome, finished.ExitCode));
    }

    [Fact]
    public void A_record_that_is_no_regular_file_is_one_that_cannot_be_read()
    {
        var path = Path.Combine(_folder.Path, "claim");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [path]))
            made.WaitForExit();
        Assert.Throws<IOException>(() => DurableFile.ReadBytes(path));
    }

    [Fact]
    public void What_is_the_agents_own_and_too_open_is_closed()
    {
        _ = new DataDirectory(Data);
        foreach (var name in (string[])["key", "identity", "agent.lock"])
        {
            File.WriteAllText(Path.Combine(Data, name), "");
            File.SetUnixFileMode(Path.Combine(Data, name), Everybody);
        }

        var attempt = Directory.CreateDirectory(Path.Combine(Data, "attempts", "x")).FullName;
        File.WriteAllText(Path.Combine(attempt, "claim"), "");
        foreach (var folder in (string[])[Data, Path.Combine(Data, "attempts"), attempt, Path.Combine(Data, "work")])
            File.SetUnixFileMode(folder, Everybody);

        _ = new DataDirectory(Data);
        foreach (var file in Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(attempt));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(Data, "attempts")));
        Assert.Equal(OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute, File.GetUnixFileMode(Data));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("identity")]
    [InlineData("agent.lock")]
    [InlineData("attempts")]
    [InlineData("tombstones")]
    [InlineData("work")]
    public void A_link_in_place_of_a_file_or_folder_is_refused_and_what_it_leads_to_is_left(string name)
    {
        _ = new DataDirectory(Data);
        var elsewhere = Path.Combine(_folder.Path, "elsewhere");
        if (Directory.Exists(Path.Combine(Data, name)))
        {
            Directory.Delete(Path.Combine(Data, name));
            Directory.CreateDirectory(elsewhere);
        }
        else
        {
            File.WriteAllText(elsewhere, "");
        }

        File.SetUnixFileMode(elsewhere, Everybody);
        File.CreateSymbolicLink(Path.Combine(Data, name), elsewhere);
        var refused = Assert.Throws<UnsafePlaceException>(() => new DataDirectory(Data));
        Assert.Equal($"'{Path.Combine(Data, name)}' is a link; the agent's files must be files and folders of its own.", refused.Message);
        Assert.Equal(Everybody, File.GetUnixFileMode(elsewhere));
    }

    [Fact]
    public async Task A_folder_of_another_user_or_one_that_everybody_could_replace_stops_the_start_with_a_sentence()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a folder away");
        Directory.CreateDirectory(Data);
        await RunAsync("chown", "nobody", Data);
        Assert.Contains("belongs to user 65534, the agent runs as user 0", await RefusalAsync(), StringComparison.Ordinal);
        await RunAsync("chown", "root", Data);
        File.SetUnixFileMode(_folder.Path, Everybody);
        Assert.Contains($"everybody may write to the folder '{_folder.Path}' above it", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_above_that_a_group_could_replace_stops_the_start_with_a_sentence()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a folder to any group");
        var above = Directory.CreateDirectory(Path.Combine(_folder.Path, "above")).FullName;
        await RunAsync("chgrp", "12345", above);
        File.SetUnixFileMode(above, OwnerOnly | UnixFileMode.GroupWrite);
        var refused = Assert.Throws<UnsafePlaceException>(() => new DataDirectory(Path.Combine(above, "data")));
        Assert.Equal($"group 12345 may write to the folder '{above}' above it, and so could replace it; take that away (chmod g-w '{above}'), or choose another place.", refused.Message);

        // Nobody can take away what is not his own.
        File.SetUnixFileMode(above, OwnerOnly | UnixFileMode.GroupWrite | UnixFileMode.StickyBit);
        _ = new DataDirectory(Path.Combine(above, "data"));

        // A group of this user alone.
        await RunAsync("chgrp", "root", above);
        File.SetUnixFileMode(above, OwnerOnly | UnixFileMode.GroupWrite);
        _ = new DataDirectory(Path.Combine(above, "data"));
    }

    [Theory]
    [InlineData("open/inner")]
    [InlineData("../FOLDER/open/inner")]
    [InlineData("/FOLDER/open/inner")]
    public void A_link_above_to_a_place_that_others_could_replace_stops_the_start_with_a_sentence(string target)
    {
        var open = Directory.CreateDirectory(Path.Combine(_folder.Path, "open")).FullName;
        Directory.CreateDirectory(Path.Combine(open, "inner"));
        File.SetUnixFileMode(open, Everybody);
        var folder = target.StartsWith('/') ? _folder.Path[1..] : Path.GetFileName(_folder.Path);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), target.Replace("FOLDER", folder, StringComparison.Ordinal));
        var refused = Assert.Throws<UnsafePlaceException>(() => new DataDirectory(Path.Combine(_folder.Path, "link", "data")));
        Assert.StartsWith($"everybody may write to the folder '{open}' above it", refused.Message, StringComparison.Ordinal);

        File.SetUnixFileMode(open, OwnerOnly);
        _ = new DataDirectory(Path.Combine(_folder.Path, "link", "data"));
    }

    [Fact]
    public async Task A_link_above_that_belongs_to_another_user_stops_the_start_with_a_sentence()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a link away");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "place"));
        var link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, "place");
        await RunAsync("chown", "--no-dereference", "nobody", link);
        var refused = Assert.Throws<UnsafePlaceException>(() => new DataDirectory(Path.Combine(link, "data")));
        Assert.Equal($"the link '{link}' above it belongs to user 65534, who could replace it; choose another place.", refused.Message);
    }

    [Fact]
    public async Task An_agent_of_an_ordinary_user_keeps_everything_to_itself_and_cleans_up_what_its_scripts_have_closed()
    {
        Assert.SkipUnless(Environment.UserName == "root" && Tool.IsInstalled("setpriv"), "only root can become another user");
        Directory.CreateDirectory(Data);
        await RunAsync("chown", "nobody", Data);
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch
        {
            Through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            DataDirectory = Data,
        });
        var attempt = await fixture.ExecuteAsync("mkdir -p ro/x; echo 1 > ro/x/f; chmod 500 ro/x ro; mkdir none; touch none/f; chmod 0 none; exit 7");
        Assert.Equal((Outcome.Exited, 7), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
        await Eventually.TrueAsync(() => Directory.GetFileSystemEntries(Path.Combine(Data, "work")).Length == 0, "its folder is gone");
        foreach (var path in Directory.EnumerateFileSystemEntries(Data, "*", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & (UnixFileMode)0b000_111_111);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> RefusalAsync()
    {
        await using var agent = AgentProcess.Start("http://127.0.0.1:1", Data);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, agent.ExitCode);
        Assert.DoesNotContain("   at ", agent.Log, StringComparison.Ordinal);
        return agent.Log;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
