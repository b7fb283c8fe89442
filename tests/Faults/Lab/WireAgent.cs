using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Lab;

/// <summary>An agent as far as the wire goes: a key and a stream. It claims nothing.</summary>
internal sealed class WireAgent(GrpcChannel channel, string name) : IDisposable
{
    private readonly AgentHub.AgentHubClient _client = new(channel);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ByteString _journalId = Bytes(Guid.CreateVersion7());
    private AsyncDuplexStreamingCall<AgentMessage, HubMessage>? _stream;
    private ByteString _agentId = ByteString.Empty;

    /// <summary>Of its last session.</summary>
    public long Epoch { get; private set; }

    public async Task EnrolAsync(CancellationToken cancellationToken)
    {
        var answer = await _client.EnrolAsync(HelloSigning.Enrol(_key, name, FaultLab.JoinToken), cancellationToken: cancellationToken);
        Assert.Equal(EnrolResponse.Types.Decision.Approved, answer.Decision);
        _agentId = answer.AgentId;
    }

    /// <summary>Opens a stream and returns once it is welcomed; an older one is left to the hub.</summary>
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
        Epoch = (await NextAsync(cancellationToken)).Welcome.SessionEpoch;
    }

    /// <summary>Breaks its stream.</summary>
    public void Break() => _stream?.Dispose();

    public void Dispose()
    {
        Break();
        _key.Dispose();
    }

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private async Task<HubMessage> NextAsync(CancellationToken cancellationToken) => await _stream!.ResponseStream.MoveNext(cancellationToken)
        ? _stream.ResponseStream.Current
        : throw new RpcException(Status.DefaultSuccess, "The hub ended the stream.");
}
