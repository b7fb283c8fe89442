using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;

namespace TaskConsole.Agent.Tests;

/// <summary>What a host is called at the hub, and with which labels it joins.</summary>
public sealed class NameTests
{
    [Fact]
    public async Task A_host_joins_in_lower_case()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Name = "WEB-01.Prod" });
        Assert.Equal(("web-01.prod", "web-01.prod"), (fixture.Hub.State.Enrolments.Single().Name, fixture.Session.Hello.Name));
    }

    [Fact]
    public async Task Without_a_name_a_host_joins_under_the_machines_whole_name()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Name = null, Through = Called("WEB-01.prod.example.com") });
        var request = fixture.Hub.State.Enrolments.Single();
        Assert.Equal("web-01.prod.example.com", request.Name);
        Assert.Equal("WEB-01.prod.example.com", request.Facts.More["hostname"]);
        Assert.Equal("web-01.prod.example.com", fixture.Session.Hello.Name);
    }

    [Fact]
    public async Task A_machine_without_a_usable_name_is_told_to_give_one()
    {
        await using var hub = await TestHub.StartAsync();
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(new AgentLaunch { Hub = hub.Address, DataDirectory = data.Path, Name = null, Through = Called("not_a_name") });
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, agent.ExitCode);
        await Eventually.TrueAsync(() => agent.Log.Contains("'not_a_name', is not a host name; give one with --name", StringComparison.Ordinal), "it says so");
        Assert.Empty(hub.State.Enrolments);
    }

    [Fact]
    public async Task Who_has_joined_keeps_its_name_whatever_the_machine_is_called_later()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Name = "web-01" });
        await fixture.Agent.KillAsync();
        var session = await fixture.StartAgentAsync(new AgentLaunch { Name = null, Through = Called("web-01.prod.example.com") });
        Assert.Equal(("web-01", 1), (session.Hello.Name, fixture.Hub.State.Enrolments.Count));
        Assert.Equal("web-01.prod.example.com", session.Hello.Facts.More["hostname"]);
        Assert.Single(Lines(fixture.Agent, "'web-01.prod.example.com' and has joined as 'web-01'"));

        // Nor does a name that no host may have keep it from starting.
        await fixture.Agent.KillAsync();
        session = await fixture.StartAgentAsync(new AgentLaunch { Name = null, Through = Called("not_a_name") });
        Assert.Equal(("web-01", 1), (session.Hello.Name, fixture.Hub.State.Enrolments.Count));
    }

    [Fact]
    public async Task Another_name_that_is_given_later_is_one_line_of_the_log()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Name = "web-01" });
        await fixture.Agent.KillAsync();
        var session = await fixture.StartAgentAsync(new AgentLaunch { Name = "web-02" });
        Assert.Equal(("web-01", 1), (session.Hello.Name, fixture.Hub.State.Enrolments.Count));
        Assert.Single(Lines(fixture.Agent, "--name 'web-02' is ignored: this host has joined as 'web-01'"));
        Assert.Empty(Lines(fixture.Agent, "--label"));

        // Also when it has to join again.
        fixture.Hub.State.PublicKey = null;
        fixture.Session.Break();
        await fixture.Hub.State.SessionAsync(3);
        Assert.All(fixture.Hub.State.Enrolments, request => Assert.Equal("web-01", request.Name));
    }

    [Fact]
    public async Task Other_labels_that_are_given_later_are_one_line_of_the_log()
    {
        await using var fixture = await AgentFixture.StartAsync(null, new AgentLaunch { Label = "env=prod" });
        await fixture.Agent.KillAsync();
        await fixture.StartAgentAsync(new AgentLaunch { Label = "env=staging", Arguments = ["--label", "new=1"] });
        Assert.Single(Lines(fixture.Agent, "--label is ignored: this host has joined with other labels, and the console owns them now. Given: env=staging new=1. Joined with: env=prod"));
        Assert.Empty(Lines(fixture.Agent, "--name"));

        foreach (var same in (string?[])["env=prod", null])
        {
            await fixture.Agent.KillAsync();
            await fixture.StartAgentAsync(new AgentLaunch { Label = same });
            Assert.Empty(Lines(fixture.Agent, "is ignored"));
        }
    }

    private static IEnumerable<string> Lines(AgentProcess agent, string text) =>
        agent.Log.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));

    // A view of the machine in which it has another name.
    private static string[] Called(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a machine another name.");
        return ["unshare", "--uts", "/bin/sh", "-c", $"echo {name} > /proc/sys/kernel/hostname && exec \"$@\"", "sh"];
    }
}
