using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class EnrolmentTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task An_agent_waits_for_approval_and_connects_afterwards()
    {
        await using var hub = await RunningHub.StartAsync(null, ("Agents:AutoApprove", "false"));
        var agent = new TestAgent(hub.Client(), "web-01");
        var first = await agent.EnrolAsync(RunningHub.JoinToken);
        Assert.Equal(Wire.EnrolResponse.Types.Decision.Pending, first.Decision);
        Assert.InRange(first.RetryAfterMs, 500, 60_000);
        Assert.True(first.AgentId.IsEmpty);

        var host = Assert.Single((await hub.Hosts.ListAsync(new HostFilter(), new(1, 10), RunningHub.Person, TestContext.Current.CancellationToken)).Value.Items);
        Assert.Equal((HostStatus.Pending, "127.0.0.1"), (host.Status, Assert.Single(host.PendingKeys).Address));
        (await hub.Hosts.ApproveAsync(host.Id, null, RunningHub.Person, TestContext.Current.CancellationToken)).TryGet(out _, out var problem);
        Assert.Null(problem);

        var second = await agent.EnrolAsync(RunningHub.JoinToken);
        Assert.Equal(Wire.EnrolResponse.Types.Decision.Approved, second.Decision);
        Assert.Equal(16, second.HubId.Length);
        using var stream = await agent.OpenAsync();
        Assert.Equal(1, stream.Welcome.SessionEpoch);
    }

    [Fact]
    public async Task A_wrong_join_token_is_refused_and_logged_without_the_token()
    {
        await using var hub = await RunningHub.StartAsync();
        var before = await hub.DumpAsync();
        var agent = new TestAgent(hub.Client(), "web-01");
        var refusal = await Assert.ThrowsAsync<RpcException>(() => agent.EnrolAsync("wrong-token-hunter2"));
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
        Assert.Contains(hub.Log.Lines, line => line.Contains("'web-01' from 127.0.0.1", StringComparison.Ordinal));
        Assert.DoesNotContain(hub.Log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
        Assert.DoesNotContain(hub.Log.Lines, line => line.Contains(RunningHub.JoinToken, StringComparison.Ordinal));
        Assert.Equal(before, await hub.DumpAsync());
    }

    [Fact]
    public async Task A_second_key_under_a_name_in_use_waits_and_the_first_keeps_its_session()
    {
        await using var hub = await RunningHub.StartAsync();
        var first = await hub.JoinAsync("web-01");
        using var stream = await first.OpenAsync();
        var second = new TestAgent(hub.Client(), "web-01");
        Assert.Equal(Wire.EnrolResponse.Types.Decision.Pending, (await second.EnrolAsync(RunningHub.JoinToken)).Decision);
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(first.Id)).Status);

        // It cannot connect as the first.
        using var impostor = await second.ConnectAsync(hello => hello.AgentId = first.Hello().AgentId);
        Assert.Equal(StatusCode.Unauthenticated, await impostor.EndAsync());
        await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now.ToUnixTimeMilliseconds() } });
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);
    }

    [Fact]
    public async Task An_approved_replacement_ends_the_session_of_the_old_key()
    {
        await using var hub = await RunningHub.StartAsync();
        var first = await hub.JoinAsync("web-01");
        using var stream = await first.OpenAsync();
        var second = new TestAgent(hub.Client(), "web-01");
        await second.EnrolAsync(RunningHub.JoinToken);
        await hub.Hosts.ApproveAsync(first.Id, Assert.Single((await hub.HostAsync(first.Id)).PendingKeys).Fingerprint, RunningHub.Person, TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.Unauthenticated, await stream.EndAsync());

        using var again = await first.ConnectAsync();
        Assert.Equal(StatusCode.Unauthenticated, await again.EndAsync());
        Assert.Equal(Wire.EnrolResponse.Types.Decision.Approved, (await second.EnrolAsync(RunningHub.JoinToken)).Decision);
        Assert.Equal(first.Id, second.Id);
        using var replacement = await second.OpenAsync();
        Assert.Equal(2, replacement.Welcome.SessionEpoch);
    }

    private static readonly (StatusCode Status, Action<Wire.EnrolRequest, ECDsa> Spoil)[] Spoilings =
    [
        (StatusCode.InvalidArgument, (r, _) => r.Name = ""),
        (StatusCode.InvalidArgument, (r, _) => r.Name = "Web-01"),
        (StatusCode.InvalidArgument, (r, _) => r.Name = "-web"),
        (StatusCode.InvalidArgument, (r, _) => r.Name = "web-01\n"),
        (StatusCode.InvalidArgument, (r, _) => r.Name = "../../etc"),
        (StatusCode.InvalidArgument, (r, _) => r.Name = new string('a', 254)),
        (StatusCode.InvalidArgument, (r, _) => r.PublicKey = ByteString.CopyFrom(new byte[91])),
        (StatusCode.InvalidArgument, (r, _) => r.PublicKey = ByteString.Empty),
        (StatusCode.InvalidArgument, (r, _) => r.Labels.Add(Enumerable.Range(0, 64).ToDictionary(i => $"l{i}", _ => ""))),
        (StatusCode.InvalidArgument, (r, _) => r.Labels["a\0b"] = ""),
        (StatusCode.InvalidArgument, (r, _) => r.Labels["fact.os"] = "mine"),
        (StatusCode.Unauthenticated, (r, _) => r.Signature = ByteString.Empty),
        (StatusCode.Unauthenticated, (r, _) => r.Signature = ByteString.CopyFrom(new byte[70])),
        (StatusCode.Unauthenticated, (r, _) => r.Name = "web-02"),
        (StatusCode.Unauthenticated, (r, _) => r.RequestedAtMs++),
        (StatusCode.Unauthenticated, (r, _) => r.RequestedAtMs = long.MinValue),
        (StatusCode.Unauthenticated, (r, key) => r.MergeFrom(AgentKey.Enrol(key, "web-01", RunningHub.JoinToken, Now.AddMinutes(-11)))),
        (StatusCode.Unauthenticated, (r, key) => r.MergeFrom(AgentKey.Enrol(key, "web-01", RunningHub.JoinToken, Now.AddMinutes(11)))),
        (StatusCode.Unauthenticated, (r, _) => r.JoinToken = ""),
    ];

    [Fact]
    public async Task A_request_that_is_not_right_is_refused_and_changes_nothing()
    {
        await using var hub = await RunningHub.StartAsync();
        var client = hub.Client();
        var before = await hub.DumpAsync();
        foreach (var (index, (status, spoil)) in Spoilings.Index())
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = AgentKey.Enrol(key, "web-01", RunningHub.JoinToken, Now);
            spoil(request, key);
            var refusal = await Assert.ThrowsAsync<RpcException>(() => client.EnrolAsync(request));
            Assert.True(status == refusal.StatusCode, $"Spoiled {index}: {refusal.Status}");
        }

        Assert.Equal(before, await hub.DumpAsync());
        Assert.All(hub.Log.Lines, line => Assert.DoesNotContain(RunningHub.JoinToken, line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-11, true)]
    [InlineData(11, true)]
    [InlineData(-9, false)]
    [InlineData(9, false)]
    public async Task Who_is_refused_because_of_the_clock_is_told_the_hubs_time(int minutes, bool refused)
    {
        await using var hub = await RunningHub.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = AgentKey.Enrol(key, "web-01", refused ? RunningHub.JoinToken : "another-token-than-the-hubs", now.AddMinutes(minutes));
        var refusal = await Assert.ThrowsAsync<RpcException>(() => hub.Client().EnrolAsync(request));
        Assert.Equal(StatusCode.Unauthenticated, refusal.StatusCode);
        var told = refusal.Trailers.GetValue("hub-time-ms");
        Assert.Equal(refused, told is not null);
        if (refused)
        {
            Assert.InRange(long.Parse(told!, System.Globalization.CultureInfo.InvariantCulture), now.ToUnixTimeMilliseconds(), now.AddMinutes(5).ToUnixTimeMilliseconds());
        }
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:EnrolmentsPerMinutePerAddress", "30"));
        var agent = new TestAgent(hub.Client(), "web-01");
        RpcException? refusal = null;
        for (var i = 0; i < 10 && refusal is null; i++)
        {
            try
            {
                await agent.EnrolAsync(RunningHub.JoinToken);
            }
            catch (RpcException exhausted)
            {
                refusal = exhausted;
                Assert.Equal(5, i);
            }
        }

        Assert.Equal(StatusCode.ResourceExhausted, refusal?.StatusCode);
        Assert.InRange(long.Parse(refusal!.Trailers.GetValue("retry-after-ms")!, System.Globalization.CultureInfo.InvariantCulture), 1, 2_000);
    }
}
