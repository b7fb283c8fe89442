using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Metrics;
using TaskConsole.AgentHub.Tests.Delivery;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Agents that do not read, stores that do not answer.</summary>
public sealed class PressureTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private static Wire.AgentMessage Beat => new() { Heartbeat = new Wire.Heartbeat { AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() } };

    [Fact]
    public async Task An_agent_that_does_not_read_gets_nothing_more_and_is_sent_away_though_it_talks()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:HeartbeatSeconds", "1"), ("AgentHub:SendQueueExecutes", "4"));
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        var gateway = hub.Services.GetRequiredService<IAgentGateway>();
        var order = ExecuteMessagesTests.Order(new string('x', 262_144), [], []) with { HostId = agent.Id };
        var taken = 0;
        while (gateway.TryExecute(order))
        {
            // The writer takes a whole batch at once; after that the queue fills.
            Assert.True(++taken < 10_000);
        }

        await Eventually.TrueAsync(
            async () =>
            {
                await Record.ExceptionAsync(() => stream.SendAsync(Beat));
                return hub.Log.OfHub(LogLevel.Information).Any(line => line.EndsWith("not reading", StringComparison.Ordinal));
            },
            Soon,
            "ended because it does not read");
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Offline, Soon, "offline");
        Assert.False(gateway.TryExecute(order));
    }

    [Fact]
    public async Task Agents_that_do_not_read_take_no_more_memory_together_than_is_allowed_and_give_it_back()
    {
        const long Allowed = 4 * 1024 * 1024;
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:HeartbeatSeconds", "1"), ("AgentHub:SendQueueBytes", $"{Allowed}"));
        var budget = hub.Services.GetRequiredService<ExecuteBudget>();
        var gateway = hub.Services.GetRequiredService<IAgentGateway>();
        var agents = await Task.WhenAll(Enumerable.Range(1, 10).Select(index => hub.JoinAsync($"web-{index:00}")));
        var streams = await Task.WhenAll(agents.Select(agent => agent.OpenAsync()));
        var orders = agents.Select(agent => ExecuteMessagesTests.Order(new string('x', 262_144), [], []) with { HostId = agent.Id }).ToList();
        for (var round = 0; round < 20; round++)
        {
            orders.ForEach(order => gateway.TryExecute(order));
            Assert.InRange(budget.Bytes, 0, Allowed);
        }

        Assert.False(orders.TrueForAll(gateway.TryExecute), "All of them together have room for more than is allowed.");
        await Eventually.TrueAsync(() => hub.Sessions.Running == 0, Soon, "sent away because they do not read");
        Assert.Equal(0, budget.Bytes);
        Array.ForEach(streams, stream => stream.Dispose());
    }

    [Fact]
    public async Task While_the_store_is_stuck_sessions_wait_and_live_and_nothing_is_lost()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:HeartbeatSeconds", "1"));
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        await hub.StartTaskAsync("echo", null, agent);
        var key = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;

        // More than the pipeline takes in, so that the session has to wait.
        const int Frames = 4_000;
        var sending = Task.CompletedTask;
        await using (await hub.LockStoreAsync())
        {
            sending = SendAsync();
            await Task.Delay(TimeSpan.FromSeconds(4.5), TestContext.Current.CancellationToken);
            Assert.Equal(1, hub.Sessions.Running);
        }

        await sending;
        long acknowledged = 0;
        while (acknowledged < Frames)
        {
            acknowledged = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge.Output.Offset;
        }

        await stream.SendAsync(Beat);
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);

        async Task SendAsync()
        {
            for (var offset = 0; offset < Frames; offset++)
            {
                await stream.SendAsync(SessionTests.Frame(key, offset, "x"u8));
            }
        }
    }

    [Fact]
    public async Task When_the_store_fails_a_hello_is_told_to_come_back_and_then_welcome()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        await hub.ExecuteAsync("ALTER TABLE hosts RENAME TO hosts_away");
        using (var stream = await agent.ConnectAsync())
        {
            Assert.Equal(StatusCode.Unavailable, await stream.EndAsync());
        }

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => new TestAgent(hub.Client(), "web-02").EnrolAsync(RunningHub.JoinToken))).StatusCode);
        await hub.ExecuteAsync("ALTER TABLE hosts_away RENAME TO hosts");
        using var again = await agent.OpenAsync();
        Assert.Equal(1, again.Welcome.SessionEpoch);
    }

    [Fact]
    public async Task A_store_that_is_away_does_not_fill_the_log()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        await hub.ExecuteAsync("ALTER TABLE host_keys RENAME TO host_keys_away");
        for (var hello = 0; hello < 30; hello++)
        {
            using var stream = await agent.ConnectAsync();
            Assert.Equal(StatusCode.Unavailable, await stream.EndAsync());
        }

        Assert.InRange(hub.Log.Errors.Count(), 1, 2);
    }

    [Fact]
    public async Task What_the_hub_does_is_counted()
    {
        await using var hub = await RunningHub.StartAsync();
        using var counts = new CountingListener(hub.Services.GetRequiredService<IMeterFactory>());
        var agent = await hub.JoinAsync("web-01");
        using (var stream = await agent.OpenAsync())
        {
            Assert.Equal(1, counts["taskconsole.hub.sessions"]);
            await stream.SendAsync(Beat);
            await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);
            Assert.Equal(1, counts["taskconsole.hub.messages.received Heartbeat"]);
            await Eventually.TrueAsync(() => counts["taskconsole.hub.messages.sent HeartbeatReply"] == 1, Soon, "the reply counted");
        }

        await Eventually.TrueAsync(() => counts["taskconsole.hub.sessions"] == 0, Soon, "the session uncounted");
        await Assert.ThrowsAsync<RpcException>(() => agent.EnrolAsync("wrong"));
        Assert.Equal(1, counts["taskconsole.hub.enrolments.refused Unauthenticated"]);
    }

    /// <summary>Sums what one hub's instruments measure, by name and tag.</summary>
    private sealed class CountingListener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _sums = [];

        public CountingListener(IMeterFactory meters)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == HubMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public long this[string name]
        {
            get
            {
                lock (_sums)
                {
                    return _sums.GetValueOrDefault(name);
                }
            }
        }

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
            lock (_sums)
            {
                _sums[name] = _sums.GetValueOrDefault(name) + value;
            }
        }
    }
}
