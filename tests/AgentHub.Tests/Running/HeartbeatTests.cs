using System.Diagnostics;
using Grpc.Core;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class HeartbeatTests
{
    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task Heartbeats_are_answered_and_silence_ends_the_session()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:HeartbeatSeconds", "1"));
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        Assert.Equal(1, stream.Welcome.Settings.HeartbeatSeconds);
        using var other = await (await hub.JoinAsync("web-02")).OpenAsync();
        Assert.InRange(stream.Welcome.FirstHeartbeatMs, 0, 1_000);
        Assert.InRange(other.Welcome.FirstHeartbeatMs, 0, 1_000);
        Assert.True(stream.Welcome.FirstHeartbeatMs > 0 || other.Welcome.FirstHeartbeatMs > 0, "Each has a slot of its own.");
        await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now, Load = new Wire.HostLoad { Cpu = double.NaN, Memory = 7 } } });
        var reply = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply)).HeartbeatReply;
        Assert.InRange(reply.HubTimeMs, Now - 5_000, Now);
        Assert.InRange(reply.NextHeartbeatMs, 500, 1_500);
        var watch = Stopwatch.StartNew();
        Assert.Equal(StatusCode.DeadlineExceeded, await stream.EndAsync());
        Assert.True(watch.Elapsed.TotalSeconds >= 2, $"It was ended after {watch.Elapsed.TotalSeconds:0.0} s, before three heartbeats.");
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Offline, TimeSpan.FromSeconds(1), "offline");
    }

    [Fact]
    public async Task A_heartbeat_in_its_tick_is_not_answered_after_one_that_was()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:HeartbeatSeconds", "2"));
        using var stream = await (await hub.JoinAsync("web-01")).OpenAsync();
        await Task.Delay(stream.Welcome.FirstHeartbeatMs);
        await BeatAsync();
        var answer = await AnswerAsync();

        // A machine that is busy lets one come too late, which is answered: then again.
        for (var round = 0; round < 10; round++)
        {
            await Task.Delay(answer.NextHeartbeatMs);
            await BeatAsync();
            await Task.Delay(1_000);
            var sent = Now;
            await BeatAsync();
            answer = await AnswerAsync();
            if (answer.HubTimeMs >= sent)
            {
                return;
            }

            answer = await AnswerAsync();
        }

        Assert.Fail("Every heartbeat was answered.");

        Task BeatAsync() => stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now } });
        async Task<Wire.HeartbeatReply> AnswerAsync() => (await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply)).HeartbeatReply;
    }
}
