using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Agent.Trust;

namespace TaskConsole.Agent.Tests;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_host_that_has_joined_says_why_it_has_no_connection()
    {
        await using var fixture = await AgentFixture.StartAsync();
        await fixture.Agent.KillAsync();
        await using var agent = AgentProcess.Start("http://127.0.0.1:1", fixture.Data.Path);
        await Eventually.TrueAsync(() => agent.Log.Contains("Connection refused", StringComparison.Ordinal), "the cause is told");
    }

    [Fact]
    public async Task A_hub_that_no_longer_answers_heartbeats_is_left_for_a_new_session()
    {
        var state = new HubState { HeartbeatsPerAnswer = 0 };
        state.Settings.HeartbeatSeconds = 1;
        await using var fixture = await AgentFixture.StartAsync(state);
        await fixture.Hub.State.SessionAsync(2);
    }

    [Fact]
    public async Task A_hub_that_answers_every_second_heartbeat_keeps_its_session()
    {
        var state = new HubState { HeartbeatsPerAnswer = 2 };
        state.Settings.HeartbeatSeconds = 1;
        await using var fixture = await AgentFixture.StartAsync(state);
        var session = await fixture.Hub.State.SessionAsync(1);
        await Eventually.TrueAsync(() => session.Received.Count(message => message.Heartbeat is not null) >= 7 || session.Ended, "it beats on");
        Assert.False(session.Ended);
    }

    [Fact]
    public void A_silent_break_is_noticed_before_the_hub_gives_the_session_up_and_no_ping_goes_out_between_answers()
    {
        // .NET looks four times in each time-out whether a ping is due or late.
        var slack = HubChannel.PingTimeout / 4;
        foreach (var heartbeat in Enumerable.Range(1, 300).Select(seconds => TimeSpan.FromSeconds(seconds)))
        {
            var noticed = HubChannel.PingDelay(heartbeat) + HubChannel.PingTimeout + slack;
            Assert.True(heartbeat < TimeSpan.FromSeconds(8) || noticed < 3 * heartbeat, $"{heartbeat}: in {noticed}");
            Assert.True(heartbeat > TimeSpan.FromSeconds(15) || HubChannel.PingDelay(heartbeat) > 2 * heartbeat, $"{heartbeat}: a ping after {HubChannel.PingDelay(heartbeat)}");
        }
    }

    [Fact]
    public async Task Heartbeats_come_when_the_hub_asks_for_them()
    {
        var state = new HubState { NextHeartbeatMs = 20 };
        state.Settings.HeartbeatSeconds = 300;
        await using var fixture = await AgentFixture.StartAsync(state);
        var session = await fixture.Hub.State.SessionAsync(1);
        await Eventually.TrueAsync(() => session.Received.Count(message => message.Heartbeat is not null) >= 5, "it beats long before its interval");
    }
}
