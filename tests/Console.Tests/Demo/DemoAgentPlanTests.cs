using TaskConsole.Console.Demo;

namespace TaskConsole.Console.Tests.Demo;

public sealed class DemoAgentPlanTests
{
    private readonly DemoAgentPlan _plan = new()
    {
        Name = "demo-01",
        Labels = DemoAgentPlan.Identity(1).Labels,
        DataDirectory = Path.GetTempPath(),
        Hub = new Uri("https://127.0.0.1:5081"),
        AuthorityFingerprint = "ab12",
        JoinToken = "the-join-token",
    };

    [Fact]
    public void Names_count_up_and_environments_alternate()
    {
        var fleet = Enumerable.Range(1, 50).Select(DemoAgentPlan.Identity).ToList();

        Assert.Equal(50, fleet.Select(agent => agent.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["demo-01", "demo-02", "demo-10"], [fleet[0].Name, fleet[1].Name, fleet[9].Name]);
        Assert.Equal(["prod", "staging", "prod", "staging", "prod"], fleet.Take(5).Select(agent => agent.Labels["env"]));
        Assert.All(fleet, agent => Assert.Equal(["env", "role", "zone"], agent.Labels.Keys.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void The_join_token_is_no_argument() =>
        Assert.DoesNotContain(_plan.StartInfo().ArgumentList, argument => argument.Contains(_plan.JoinToken, StringComparison.Ordinal));

    [Fact]
    public void Settings_of_the_console_are_not_passed_on()
    {
        const string name = "TaskConsoleTest__Secret";
        Environment.SetEnvironmentVariable(name, "x");
        try
        {
            var environment = _plan.StartInfo().Environment;

            Assert.DoesNotContain(name, environment.Keys);
            Assert.Equal("the-join-token", environment["TASKCONSOLE_JOIN_TOKEN"]);
            Assert.Contains("PATH", environment.Keys);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void Without_TLS_there_is_no_fingerprint()
    {
        Assert.Contains("--ca-sha256", _plan.StartInfo().ArgumentList);
        Assert.DoesNotContain("--ca-sha256", (_plan with { AuthorityFingerprint = null, Hub = new Uri("http://127.0.0.1:5081") }).StartInfo().ArgumentList);
    }
}
