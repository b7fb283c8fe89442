using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests.Hub;

/// <summary>A hub on loopback whose side of the contract each test writes by hand; its store is memory.</summary>
public sealed class TestHub : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestHub(WebApplication app) => _app = app;

    public static readonly ByteString HubId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));

    public static string JoinToken => "join-me-7f3a";

    public required HubState State { get; init; }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<TestHub> StartAsync(HubState? state = null, Action<ListenOptions>? listen = null)
    {
        state ??= new HubState();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 2 << 20);
        builder.Services.AddSingleton(state);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options =>
        {
            options.Protocols = HttpProtocols.Http2;
            listen?.Invoke(options);
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.MapGrpcService<TestHubService>();
        await app.StartAsync();
        return new TestHub(app) { State = state };
    }

    public async ValueTask DisposeAsync()
    {
        State.BreakSessions();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>What a test hub believes and has seen.</summary>
public sealed class HubState
{
    private readonly ConcurrentDictionary<int, HubSessionRecord> _sessions = new();
    private int _epoch;

    public ByteString AgentId { get; } = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));

    public ByteString? PublicKey { get; set; }

    public byte[] AuthorityCertificate { get; set; } = [];

    public ConcurrentQueue<EnrolRequest> Enrolments { get; } = new();

    /// <summary>By how much the hub's clock is ahead; null: not so much that it refuses whoever asks to join.</summary>
    public TimeSpan? ClockOff { get; init; }

    public EnrolResponse.Types.Decision Decision { get; set; } = EnrolResponse.Types.Decision.Approved;

    /// <summary>What each hello is answered with instead of a Welcome.</summary>
    public Status? Refusal { get; set; }

    /// <summary>Whether a probe goes out ahead of each Welcome, which waits for its answer.</summary>
    public bool ProbesBeforeWelcome { get; set; }

    /// <summary>Changes the Welcome of every session.</summary>
    public Action<Hello, Welcome>? Reconcile { get; set; }

    public SessionSettings Settings { get; } = new()
    {
        HeartbeatSeconds = 15,
        OutputLiveBytesPerSecond = 64 * 1024,
        OutputWindowBytes = 256 * 1024,
    };

    /// <summary>What every Execute lets the host keep of each stream.</summary>
    public long OutputHeadBytes { get; set; } = 512 * 1024;

    public long OutputTailBytes { get; set; } = 512 * 1024;

    /// <summary>Acknowledge output and ends by itself, as a store does.</summary>
    public bool Acknowledges { get; set; } = true;

    /// <summary>Of so many heartbeats of a session the first is answered; 0: none.</summary>
    public int HeartbeatsPerAnswer { get; set; } = 1;

    /// <summary>When it asks for the next heartbeat, in milliseconds, at the Welcome and at each; 0: at the interval.</summary>
    public int NextHeartbeatMs { get; set; }

    public int SessionCount => _sessions.Count;

    public IReadOnlyList<HubSessionRecord> Sessions => [.. _sessions.OrderBy(entry => entry.Key).Select(entry => entry.Value)];

    public HubSessionRecord Open(Hello hello, Func<HubMessage, Task> send, CancellationTokenSource breaking)
    {
        var epoch = Interlocked.Increment(ref _epoch);
        return _sessions[epoch] = new HubSessionRecord(epoch, hello, send, breaking);
    }

    public async Task<HubSessionRecord> SessionAsync(int number = 1)
    {
        await Eventually.TrueAsync(() => _sessions.ContainsKey(number), $"session {number} is open");
        return _sessions[number];
    }

    public void BreakSessions()
    {
        foreach (var session in _sessions.Values)
            session.Break();
    }
}

/// <summary>One stream of an agent, and all that came over it.</summary>
public sealed class HubSessionRecord(int epoch, Hello hello, Func<HubMessage, Task> send, CancellationTokenSource breaking)
{
    private readonly ConcurrentQueue<(DateTimeOffset At, AgentMessage Message)> _received = new();

    public int Epoch => epoch;

    public Hello Hello => hello;

    public IReadOnlyList<AgentMessage> Received => [.. _received.Select(entry => entry.Message)];

    public IReadOnlyList<(DateTimeOffset At, AgentMessage Message)> Timed => [.. _received];

    public bool Ended { get; set; }

    public Task SendAsync(HubMessage message) => send(message);

    public void Add(AgentMessage message) => _received.Enqueue((TimeProvider.System.GetUtcNow(), message));

    public void Break()
    {
        try
        {
            breaking.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }
}
