using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class HelloTests
{
    [Fact]
    public async Task A_hello_with_another_key_is_refused_and_the_host_stays_offline()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        var before = await hub.DumpAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stream = new TestStream(agent.Client.Connect());
        var challenge = (await stream.NextAsync()).Challenge;
        await stream.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(other, agent.Hello(), challenge) });
        Assert.Equal(StatusCode.Unauthenticated, await stream.EndAsync());
        Assert.Equal(before, await hub.DumpAsync());
    }

    [Fact]
    public async Task A_hello_that_was_overheard_is_worth_nothing()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = new TestStream(agent.Client.Connect());
        var hello = AgentKey.Sign(agent.Key, agent.Hello(), (await stream.NextAsync()).Challenge);
        await stream.SendAsync(new Wire.AgentMessage { Hello = hello });
        Assert.NotNull((await stream.NextAsync()).Welcome);

        using var replay = new TestStream(agent.Client.Connect());
        Assert.NotNull((await replay.NextAsync()).Challenge);
        await replay.SendAsync(new Wire.AgentMessage { Hello = hello });
        Assert.Equal(StatusCode.Unauthenticated, await replay.EndAsync());
        Assert.Equal(1, hub.Sessions.Count);
    }

    [Fact]
    public async Task Unknown_and_rejected_and_deleted_agents_are_refused()
    {
        await using var hub = await RunningHub.StartAsync();
        var stranger = new TestAgent(hub.Client(), "web-01");
        using (var stream = await stranger.ConnectAsync(hello => hello.AgentId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray())))
        {
            Assert.Equal(StatusCode.Unauthenticated, await stream.EndAsync());
        }

        var deleted = await hub.JoinAsync("web-02");
        using var open = await deleted.OpenAsync();
        Assert.True((await hub.Hosts.DeleteAsync(deleted.Id, RunningHub.Person, TestContext.Current.CancellationToken)).TryGet(out _, out _));
        Assert.Equal(StatusCode.Unauthenticated, await open.EndAsync());
        using var again = await deleted.ConnectAsync();
        Assert.Equal(StatusCode.Unauthenticated, await again.EndAsync());
    }

    [Fact]
    public async Task An_agent_that_is_too_old_is_told_so()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.ConnectAsync(hello => hello.Version = Wire.ProtocolVersion.Unspecified);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => stream.NextAsync());
        Assert.Equal((StatusCode.FailedPrecondition, "The agent speaks version 0 of the protocol; the lowest accepted is 1."), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Fact]
    public async Task A_newer_agent_is_welcome()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync(hello => hello.Version = (Wire.ProtocolVersion)7);
        Assert.Equal(15, stream.Welcome.Settings.HeartbeatSeconds);
        Assert.Equal(262_144, stream.Welcome.Settings.OutputWindowBytes);
    }

    private static readonly Action<Wire.Hello>[] WrongHellos =
    [
        hello => hello.AgentId = ByteString.CopyFrom(new byte[15]),
        hello => hello.AgentNonce = ByteString.CopyFrom(new byte[31]),
        hello => hello.JournalId = ByteString.Empty,
        hello => hello.BootId = "",
        hello => hello.BootId = new string('b', 65),
        hello => hello.JournalSequence = ulong.MaxValue,
        hello => hello.JournalSequence = 1UL << 53,
        hello => hello.AgentTimeMs = long.MaxValue,
        hello => hello.Attempts.Add(new Wire.JournalEntry()),
        hello => hello.Attempts.Add([Entry(1), Entry(1)]),
        hello => hello.Attempts.Add(Entry(1, entry => entry.JournalSequence = ulong.MaxValue)),
        hello => hello.Attempts.Add(Entry(1, entry => entry.StartedAtMs = long.MinValue)),
        hello => hello.Attempts.Add(Entry(1, entry => entry.StartedAtMs = long.MaxValue)),
        hello => hello.Attempts.AddRange(Enumerable.Range(1, 4_097).Select(Entry)),
    ];

    [Fact]
    public async Task A_hello_that_breaks_the_contract_is_refused()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        foreach (var (index, spoil) in WrongHellos.Index())
        {
            using var stream = await agent.ConnectAsync(spoil);
            var status = await stream.EndAsync();
            Assert.True(status == StatusCode.InvalidArgument, $"Wrong {index}: {status}");
        }

        Assert.Equal(HostStatus.Offline, (await hub.HostAsync(agent.Id)).Status);
        Assert.Contains(hub.Log.Lines, line => line.Contains("The hello of 'web-01' breaks the contract: a started_at_ms is no time.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_attempt_of_a_full_hello_is_answered()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync(hello => hello.Attempts.AddRange(Enumerable.Range(1, 4_096).Select(Entry)));
        Assert.Equal(4_096, stream.Welcome.Attempts.Count);
        Assert.All(stream.Welcome.Attempts, attempt => Assert.Equal(Wire.Reconciled.Types.Verdict.Forget, attempt.Verdict));
    }

    [Fact]
    public async Task Without_a_hello_nothing_is_taken()
    {
        await using var hub = await RunningHub.StartAsync();
        var client = hub.Client();
        using (var heartbeat = new TestStream(client.Connect()))
        {
            await heartbeat.NextAsync();
            await heartbeat.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat() });
            Assert.Equal(StatusCode.Unauthenticated, await heartbeat.EndAsync());
        }

        using (var nothing = new TestStream(client.Connect()))
        {
            await nothing.NextAsync();
            await nothing.CompleteAsync();
            Assert.Equal(StatusCode.Unauthenticated, await nothing.EndAsync());
        }

        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => client.EnrolRawAsync([]))).StatusCode);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(() => client.CallAsync("JoinToken", []))).StatusCode);
    }

    [Fact]
    public async Task A_silent_client_is_sent_away_when_the_deadline_is_over()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var hub = await RunningHub.StartAsync(time);
        using var stream = new TestStream(hub.Client().Connect());
        Assert.NotNull((await stream.NextAsync()).Challenge);
        var end = stream.EndAsync();
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(end.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(StatusCode.DeadlineExceeded, await end);
    }

    [Fact]
    public async Task A_store_that_takes_longer_than_the_deadline_of_the_agent_sends_nobody_away()
    {
        using var hold = new KeyQueryHold();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var hub = await RunningHub.StartAsync(time);
        var agent = await hub.JoinAsync("web-01");
        using var stream = new TestStream(agent.Client.Connect());
        var challenge = (await stream.NextAsync()).Challenge;
        var asked = hold.HoldNext(hub.DataDirectory);
        await stream.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(agent.Key, agent.Hello(), challenge) });
        await asked;
        time.Advance(TimeSpan.FromSeconds(11));
        hold.Release();
        Assert.NotNull((await stream.NextAsync()).Welcome);
    }

    [Fact]
    public async Task A_hello_that_overlaps_the_revocation_of_another_host_is_welcome()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = new TestStream(agent.Client.Connect());
        var challenge = (await stream.NextAsync()).Challenge;
        hub.Services.GetRequiredService<IAgentGateway>().Disconnect(Guid.CreateVersion7());
        await stream.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(agent.Key, agent.Hello(), challenge) });
        Assert.NotNull((await stream.NextAsync()).Welcome);
    }

    [Fact]
    public async Task More_pending_hellos_than_allowed_are_sent_away()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:MaxPendingHellos", "2"));
        var client = hub.Client();
        using var first = new TestStream(client.Connect());
        using var second = new TestStream(client.Connect());
        await first.NextAsync();
        await second.NextAsync();
        using var third = new TestStream(client.Connect());
        Assert.Equal(StatusCode.ResourceExhausted, await third.EndAsync());
    }

    private static Wire.JournalEntry Entry(int attempt, Action<Wire.JournalEntry> change)
    {
        var entry = Entry(attempt);
        change(entry);
        return entry;
    }

    private static Wire.JournalEntry Entry(int attempt) => new()
    {
        Key = new Wire.AttemptKey { CommandHostId = ByteString.CopyFrom(new byte[16]), Attempt = (uint)attempt },
        State = Wire.JournalEntry.Types.State.Running,
    };
}
