using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Lab;

/// <summary>An agent as far as the wire goes: a key, a stream and its heartbeats. It claims nothing.</summary>
internal sealed class WireAgent(GrpcChannel channel, string name) : IAsyncDisposable
{
    private readonly AgentHub.AgentHubClient _client = new(channel);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ByteString _journalId = Bytes(Guid.CreateVersion7());
    private AsyncDuplexStreamingCall<AgentMessage, HubMessage>? _stream;
    private ByteString _agentId = ByteString.Empty;
    private CancellationTokenSource? _life;
    private Task _beating = Task.CompletedTask;

    /// <summary>Of its last session.</summary>
    public long Epoch { get; private set; }

    public async Task EnrolAsync(CancellationToken cancellationToken)
    {
        var answer = await _client.EnrolAsync(HelloSigning.Enrol(_key, name, FaultLab.JoinToken), cancellationToken: cancellationToken);
        Assert.Equal(EnrolResponse.Types.Decision.Approved, answer.Decision);
        _agentId = answer.AgentId;
    }

    /// <summary>Opens a stream and returns once it is welcomed; break the one before first.</summary>
    /// <exception cref="RpcException">The hub refused.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken, ProtocolVersion version = ProtocolVersion._1)
    {
        _stream = _client.Connect(cancellationToken: cancellationToken);
        var challenge = (await NextAsync(cancellationToken)).Challenge;
        var hello = new Hello
        {
            Version = version,
            AgentId = _agentId,
            AgentNonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
            AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            BootId = "boot",
            JournalId = _journalId,
            Name = name,
            Facts = new HostFacts { Os = "debian", Arch = "x64" },
        };
        await _stream.RequestStream.WriteAsync(new AgentMessage { Hello = HelloSigning.Sign(_key, hello, challenge) }, cancellationToken);
        var welcome = (await NextAsync(cancellationToken)).Welcome;
        Epoch = welcome.SessionEpoch;
        _life = new CancellationTokenSource();
        _beating = BeatAsync(_stream, TimeSpan.FromSeconds(welcome.Settings.HeartbeatSeconds), _life.Token);
    }

    /// <summary>Breaks its stream.</summary>
    public async Task BreakAsync()
    {
        if (_life is not null)
        {
            await _life.CancelAsync();
        }

        _stream?.Dispose();
        await _beating;
        _life?.Dispose();
        _life = null;
    }

    public async ValueTask DisposeAsync()
    {
        await BreakAsync();
        _key.Dispose();
    }

    // Twice as often as asked: unlike a whole agent, one that is taken for silent does not come back. Nobody reads what the hub says.
    private static async Task BeatAsync(AsyncDuplexStreamingCall<AgentMessage, HubMessage> stream, TimeSpan every, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(every / 2);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var beat = new Heartbeat { AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() };
                await stream.RequestStream.WriteAsync(new AgentMessage { Heartbeat = beat }, cancellationToken);
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException)
        {
            // The stream was broken, by this side or the hub.
        }
    }

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private async Task<HubMessage> NextAsync(CancellationToken cancellationToken) => await _stream!.ResponseStream.MoveNext(cancellationToken)
        ? _stream.ResponseStream.Current
        : throw new RpcException(Status.DefaultSuccess, "The hub ended the stream.");
}
