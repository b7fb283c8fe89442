using System.Diagnostics;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Agents that come back all at once, or again and again.</summary>
public sealed class ReconnectTests
{
    private const int Agents = 200;
    private const int Times = 200;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWelcome = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Two_hundred_agents_that_come_back_at_once_are_all_welcome_and_nothing_is_left_of_before()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:EnrolmentsPerMinutePerAddress", "100000"), ("AgentHub:EnrolmentsPerMinute", "100000"));
        var agents = await Task.WhenAll(Enumerable.Range(0, Agents).Select(index => hub.JoinAsync($"web-{index:000}")));
        var streams = await Task.WhenAll(agents.Select(agent => agent.OpenAsync()));
        var longest = TimeSpan.Zero;
        for (var round = 2; round <= 4; round++)
        {
            // Half of them break their stream first, half are replaced by their own newer one.
            var before = streams;
            streams = await Task.WhenAll(agents.Zip(before).Select(async (pair, index) =>
            {
                if (index % 2 == 0)
                {
                    pair.Second.Dispose();
                }

                var watch = Stopwatch.StartNew();
                var stream = await pair.First.OpenAsync();
                lock (agents)
                {
                    longest = watch.Elapsed > longest ? watch.Elapsed : longest;
                }

                return stream;
            }));
            Assert.All(streams, stream => Assert.Equal(round, stream.Welcome.SessionEpoch));
            await Eventually.TrueAsync(() => hub.Sessions is { Running: Agents, Count: Agents }, Soon, "no session left of before");
            Array.ForEach(before, stream => stream.Dispose());
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"the longest wait for a welcome: {longest.TotalMilliseconds:0} ms");
        Assert.True(longest < LongestWelcome, $"An agent waited {longest.TotalSeconds:0.0} s for its welcome.");
        Assert.Equal(Agents, await CountAsync(hub, HostStatus.Online));

        Array.ForEach(streams, stream => stream.Dispose());
        await Eventually.TrueAsync(() => hub.Sessions is { Running: 0, Count: 0 }, Soon, "all wound up");
        await Eventually.TrueAsync(async () => await CountAsync(hub, HostStatus.Offline) == Agents, Soon, "all offline");
        Assert.Empty(hub.Log.Errors);
    }

    [Fact]
    public async Task One_agent_that_reconnects_as_fast_as_it_can_has_one_session_with_a_growing_epoch()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        var longest = TimeSpan.Zero;
        var epoch = 0L;
        var stream = await agent.OpenAsync();
        for (var time = 0; time < Times; time++)
        {
            // Now broken first, now while the newer one is asking whether it lives.
            var older = stream;
            if (time % 2 == 0)
            {
                older.Dispose();
            }

            var watch = Stopwatch.StartNew();
            var newer = agent.ConnectAsync();
            older.Dispose();
            stream = await newer;
            stream.Welcome = (await stream.NextAsync()).Welcome;
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            Assert.True(stream.Welcome.SessionEpoch > epoch, $"Epoch {stream.Welcome.SessionEpoch} came after {epoch}.");
            epoch = stream.Welcome.SessionEpoch;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"the longest wait for a welcome: {longest.TotalMilliseconds:0} ms");
        Assert.True(longest < LongestWelcome, $"It waited {longest.TotalSeconds:0.0} s for its welcome.");
        await Eventually.TrueAsync(() => hub.Sessions is { Running: 1, Count: 1 }, Soon, "one session");
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);

        // And the last one works.
        await hub.StartTaskAsync("echo", null, agent);
        Assert.NotNull((await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute);
        stream.Dispose();
        Assert.Empty(hub.Log.Errors);
    }

    private static async Task<int> CountAsync(RunningHub hub, HostStatus status) =>
        (await hub.Hosts.ListAsync(new HostFilter { Status = status }, new PageRequest(1, 1), RunningHub.Person, TestContext.Current.CancellationToken)).Value.Total;
}
