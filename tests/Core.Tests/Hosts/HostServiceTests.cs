using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Hosts;

public abstract class HostServiceTests(TestDatabase database) : EngineTests(database)
{
    private static readonly PageRequest First = new(1, 50);

    [Fact]
    public async Task Hosts_are_listed_by_name_and_filtered()
    {
        await Engine.AddHostAsync("web-2", connect: true, ("env", "prod"));
        await Engine.AddHostAsync("web-10", connect: false, ("env", "prod"));
        await Engine.AddHostAsync("api-1", connect: true, ("env", "test"));
        var draining = await Engine.AddHostAsync("api-2", connect: true);
        await Engine.Hosts.SetDrainingAsync(draining.HostId, draining: true, TestEngine.Me, Cancel);

        await AssertListAsync(new HostFilter(), "api-1", "api-2", "web-10", "web-2");
        await AssertListAsync(new HostFilter { Search = "WEB" }, "web-10", "web-2");
        await AssertListAsync(new HostFilter { Search = "%" });
        await AssertListAsync(new HostFilter { Search = "_" });
        await AssertListAsync(new HostFilter { Status = HostStatus.Online }, "api-1", "web-2");
        await AssertListAsync(new HostFilter { Status = HostStatus.Offline }, "web-10");
        await AssertListAsync(new HostFilter { Status = HostStatus.Draining }, "api-2");
        await AssertListAsync(new HostFilter { Status = HostStatus.Rejected });
        await AssertListAsync(new HostFilter { Selector = "env in (prod,test),name~=*-1*" }, "api-1", "web-10");
        await AssertListAsync(new HostFilter { Selector = "fact.os=debian", Search = "api", Status = HostStatus.Online }, "api-1");
        Assert.Equal(["selector"], AssertProblem<Problem.Invalid>((await Engine.Hosts.ListAsync(new HostFilter { Selector = "env in (" }, First, TestEngine.Me, Cancel)).Problem).Errors.Keys);
        AssertProblem<Problem.Invalid>((await Engine.Hosts.ListAsync(new HostFilter(), new PageRequest(1, 501), TestEngine.Me, Cancel)).Problem);

        var page = (await Engine.Hosts.ListAsync(new HostFilter { Selector = "env" }, new PageRequest(2, 2), TestEngine.Me, Cancel)).Value;
        Assert.Equal(("web-2", 3), (Assert.Single(page.Items).Name, page.Total));
        Assert.Equal(new FleetCounts(4, 2, 1, 0, 0, 1, 0), (await Engine.Hosts.CountAsync(TestEngine.Me, Cancel)).Value);
    }

    [Fact]
    public async Task A_preview_counts_what_a_task_would_run_on()
    {
        for (var index = 0; index < 60; index++)
        {
            await Engine.AddHostAsync($"h{index:d2}", connect: index % 2 == 0);
        }

        var draining = await Engine.AddHostAsync("a");
        await Engine.Hosts.SetDrainingAsync(draining.HostId, draining: true, TestEngine.Me, Cancel);
        var all = (await Engine.Hosts.PreviewAsync(null, TestEngine.Me, Cancel)).Value;
        Assert.Equal((60, 30, 30), (all.Count, all.Online, all.Offline));
        Assert.Equal(Enumerable.Range(0, 50).Select(index => $"h{index:d2}"), all.Names);
        Assert.Equal(0, (await Engine.Hosts.PreviewAsync("name=nowhere", TestEngine.Me, Cancel)).Value.Count);
        AssertProblem<Problem.Invalid>((await Engine.Hosts.PreviewAsync("=", TestEngine.Me, Cancel)).Problem);
        Assert.Equal(60, (await CreateAsync(Spec("true"))).HostProgress.Total);
    }

    [Fact]
    public async Task A_host_tells_what_it_runs_its_load_and_when_it_was_seen()
    {
        var agent = await Engine.AddHostAsync("web-1");
        await CreateAsync(Spec("true"));
        await Engine.DispatchAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(9));
        Engine.Sessions.Heartbeat(agent.HostId, agent.Epoch, new HostLoad(0.5, 0.25, 1.5, 42, 1), 1);
        Engine.Sessions.Heartbeat(agent.HostId, agent.Epoch - 1, new HostLoad(1, 1, 1, 1, 1), 1);
        var host = await GetAsync(agent.HostId);
        Assert.Equal((HostStatus.Online, 1, new HostLoad(0.5, 0.25, 1.5, 42, 1)), (host.Status, host.RunningCount, host.Load));
        Assert.Equal((Engine.Time.GetUtcNow(), "debian", "x64", "192.0.2.1", "1.0"), (host.LastSeenAt!.Value, host.Os, host.Arch, host.Ip, host.AgentVersion));
        Assert.Equal("debian", host.Facts["os"]);

        await agent.ByeAsync();
        Assert.Equal(HostStatus.Offline, (await GetAsync(agent.HostId)).Status);
    }

    [Fact]
    public async Task A_newer_session_is_not_closed_by_the_end_of_the_older()
    {
        var agent = await Engine.AddHostAsync("web-1");
        var old = agent.Epoch;
        await agent.HelloAsync();
        await Engine.Sessions.CloseAsync(agent.HostId, old, Cancel);
        await agent.HelloAsync();
        await Engine.Sessions.CloseAsync(agent.HostId, agent.Epoch - 1, Cancel);

        // Comings and goings are committed in order: when another host is open, these closes are behind us.
        await Engine.AddHostAsync("web-2");
        Assert.Equal(HostStatus.Online, (await GetAsync(agent.HostId)).Status);
        Assert.Equal(old + 2, agent.Epoch);
    }

    [Fact]
    public async Task A_host_is_not_deleted_while_something_runs_there()
    {
        var agent = await Engine.AddHostAsync("web-1");
        var rows = await DispatchedAsync(Spec("true"));
        AssertProblem<Problem.WrongState>((await Engine.Hosts.DeleteAsync(agent.HostId, TestEngine.Me, Cancel)).Problem);
        await agent.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Assert.Null((await Engine.Hosts.DeleteAsync(agent.HostId, TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Hosts.DeleteAsync(agent.HostId, TestEngine.Me, Cancel)).Problem);
        Assert.Equal("web-1", (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value.HostName);
    }

    [Fact]
    public async Task Labels_are_checked_and_replaced_as_a_whole()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: true, ("env", "prod"), ("role", "web"));
        var before = await StoreAsync();
        foreach (var (name, value) in new[] { ("name", "x"), ("fact.os", "x"), ("a b", "x"), ("", "x"), ("env", "a b"), ("env", "a,b"), ("env", new string('v', 64)), ("env", "-v") })
        {
            var answer = await Engine.Hosts.SetLabelsAsync(agent.HostId, new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value }, TestEngine.Me, Cancel);
            Assert.Equal(["labels"], AssertProblem<Problem.Invalid>(answer.Problem).Errors.Keys);
        }

        Assert.Equal(before, await StoreAsync());
        var changed = (await Engine.Hosts.SetLabelsAsync(agent.HostId, new Dictionary<string, string>(StringComparer.Ordinal) { ["zone"] = "a" }, TestEngine.Me, Cancel)).Value;
        Assert.Equal(["zone"], changed.Labels.Keys);
        await agent.HelloAsync();
        Assert.Equal(["zone"], (await GetAsync(agent.HostId)).Labels.Keys);
    }

    [Fact]
    public async Task Whoever_watches_the_fleet_is_told_of_each_change()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        using var watch = Engine.Get<Core.Events.EventBus>().WatchFleet();
        await agent.HelloAsync();
        Assert.Equal([agent.HostId], (await watch.ReadAsync(Cancel)).Hosts);
        await Engine.Hosts.SetDrainingAsync(agent.HostId, draining: true, TestEngine.Me, Cancel);
        Assert.Equal([agent.HostId], (await watch.ReadAsync(Cancel)).Hosts);
        await agent.ByeAsync();
        Assert.Equal([agent.HostId], (await watch.ReadAsync(Cancel)).Hosts);
    }

    private async Task<HostView> GetAsync(Guid hostId) => (await Engine.Hosts.GetAsync(hostId, TestEngine.Me, Cancel)).Value;

    private async Task AssertListAsync(HostFilter filter, params string[] expected)
    {
        var page = (await Engine.Hosts.ListAsync(filter, First, TestEngine.Me, Cancel)).Value;
        Assert.Equal(expected, page.Items.Select(host => host.Name));
        Assert.Equal(expected.Length, page.Total);
    }
}

public sealed class SqliteHostServiceTests(SqliteDatabase database) : HostServiceTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbHostServiceTests(MariaDbDatabase database) : HostServiceTests(database), IClassFixture<MariaDbDatabase>;
