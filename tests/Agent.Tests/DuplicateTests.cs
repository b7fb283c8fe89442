using Google.Protobuf;
using Grpc.Core;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>What an agent does so that the hub can tell it from a copy.</summary>
public sealed class DuplicateTests
{
    [Fact]
    public async Task A_probe_is_answered_with_its_nonce_before_the_Welcome_too()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var nonce = ByteString.CopyFromUtf8("sixteen-bytes-16");
        await fixture.SendAsync(new HubMessage { Probe = new Probe { Nonce = nonce } });
        var session = fixture.Session;
        await Eventually.TrueAsync(() => session.Received.Any(message => message.ProbeAnswer?.Nonce == nonce), "it is answered");

        fixture.Hub.State.ProbesBeforeWelcome = true;
        session.Break();
        var next = await fixture.Hub.State.SessionAsync(2);
        await Eventually.TrueAsync(() => next.Received.Any(message => message.ProbeAnswer is not null), "it is answered before the Welcome");
    }

    [Fact]
    public async Task The_epoch_is_confirmed_first_of_all_and_told_by_each_later_start_and_by_a_copy_that_lies_elsewhere()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var first = fixture.Session;
        Assert.False(first.Hello.HasLastEpoch);
        await Eventually.TrueAsync(() => first.Received.Count > 0, "it says something");
        Assert.Equal(first.Epoch, first.Received[0].EpochKept?.SessionEpoch);
        await fixture.Agent.KillAsync();
        var second = await fixture.StartAgentAsync();
        Assert.Equal((first.Epoch, first.Hello.PlaceId), (second.Hello.LastEpoch, second.Hello.PlaceId));
        Assert.Equal(16, second.Hello.PlaceId.Length);
        await Eventually.TrueAsync(() => second.Received.Any(message => message.EpochKept is not null), "it is confirmed");
        await fixture.Agent.KillAsync();

        using var elsewhere = new TemporaryFolder();
        Copy(fixture.Data.Path, elsewhere.Path);
        var copy = await fixture.StartAgentAsync(new AgentLaunch { DataDirectory = elsewhere.Path });
        Assert.Equal(second.Epoch, copy.Hello.LastEpoch);
        Assert.NotEqual(second.Hello.PlaceId, copy.Hello.PlaceId);
        await fixture.Agent.KillAsync();

        // With a new key it is another agent, and tells of no session.
        File.Delete(Path.Combine(elsewhere.Path, "key"));
        File.Delete(Path.Combine(elsewhere.Path, "identity"));
        Assert.False((await fixture.StartAgentAsync(new AgentLaunch { DataDirectory = elsewhere.Path })).Hello.HasLastEpoch);
        await fixture.Agent.KillAsync();
    }

    [Fact]
    public async Task A_copy_of_the_data_directory_on_the_same_machine_leaves_the_script_of_the_original_alone()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var go = Path.Combine(fixture.Data.Path, "go");
        var attempt = await fixture.ExecuteAsync($"while [ ! -e {go} ]; do sleep 0.02; done; exit 3");
        await attempt.StartedAsync();
        using var elsewhere = new TemporaryFolder();
        using (var copying = System.Diagnostics.Process.Start("cp", ["-a", $"{fixture.Data.Path}/.", elsewhere.Path]))
            await copying.WaitForExitAsync(TestContext.Current.CancellationToken);
        await fixture.StartAgentAsync(new AgentLaunch { DataDirectory = elsewhere.Path });
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(elsewhere.Path, "attempts", attempt.FolderName, "end")), "the copy has ended its own record");
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => attempt.AllFinished.Any(finished => (finished.Outcome, finished.ExitCode) == (Outcome.Exited, 3)), "the script of the original ends as it should");
    }

    [Fact]
    public async Task An_epoch_that_cannot_be_stored_is_not_confirmed_and_the_agent_works_on()
    {
        using var data = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(data.Path, "session"));
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { DataDirectory = data.Path });
        var attempt = await fixture.ExecuteAsync("true");
        await attempt.FinishedAsync();
        Assert.DoesNotContain(fixture.Session.Received, message => message.EpochKept is not null);
        Assert.Contains("cannot be stored", fixture.Agent.Log, StringComparison.Ordinal);
        await fixture.Agent.KillAsync();
    }

    [Fact]
    public async Task Told_that_two_agents_use_its_key_it_says_in_one_sentence_what_to_do_and_keeps_its_key()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var asked = fixture.Hub.State.Enrolments.Count;
        fixture.Hub.State.Refusal = new Status(StatusCode.AlreadyExists, "one at 192.0.2.1 and one at 192.0.2.2");
        fixture.Session.Break();
        await Eventually.TrueAsync(() => fixture.Agent.Log.Contains("Two agents use the key of this host", StringComparison.Ordinal), "it says so");
        var sentence = Assert.Single(fixture.Agent.Log.Split('\n'), line => line.Contains("Two agents", StringComparison.Ordinal));
        Assert.Contains($"stop one of the two, and on the copy delete 'key' and 'identity' in '{fixture.Data.Path}' and restart it with a join token", sentence, StringComparison.Ordinal);
        Assert.Contains("one at 192.0.2.1 and one at 192.0.2.2", sentence, StringComparison.Ordinal);
        fixture.Hub.State.Refusal = null;
        await fixture.Hub.State.SessionAsync(2);
        Assert.Equal(asked, fixture.Hub.State.Enrolments.Count);
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
    }
}
