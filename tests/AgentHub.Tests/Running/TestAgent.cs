using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>An agent as far as the wire goes: a key, a journal, streams.</summary>
internal sealed class TestAgent(HubClient client, string name)
{
    private readonly byte[] _journalId = Guid.CreateVersion7().ToByteArray(bigEndian: true);

    public HubClient Client => client;

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Guid Id { get; private set; }

    public ulong JournalSequence { get; set; }

    public async Task<Wire.EnrolResponse> EnrolAsync(string joinToken)
    {
        var response = await client.EnrolAsync(AgentKey.Enrol(Key, name, joinToken, TimeProvider.System.GetUtcNow()));
        if (response.Decision == Wire.EnrolResponse.Types.Decision.Approved)
        {
            Id = new Guid(response.AgentId.Span, bigEndian: true);
        }

        return response;
    }

    public Wire.Hello Hello() => new()
    {
        Version = Wire.ProtocolVersion._1,
        AgentId = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true)),
        AgentNonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
        AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        BootId = "boot-1",
        JournalId = ByteString.CopyFrom(_journalId),
        JournalSequence = JournalSequence,
        Name = name,
        Facts = new Wire.HostFacts { Os = "debian", Arch = "x64" },
    };

    /// <summary>Opens a stream and says hello, changed by <paramref name="change"/> before it is signed.</summary>
    public async Task<TestStream> ConnectAsync(Action<Wire.Hello>? change = null)
    {
        var stream = new TestStream(client.Connect());
        var challenge = (await stream.NextAsync()).Challenge;
        Assert.Equal(32, challenge.Nonce.Length);
        var hello = Hello();
        change?.Invoke(hello);
        await stream.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(Key, hello, challenge) });
        return stream;
    }

    /// <summary>A stream whose Welcome has come.</summary>
    public async Task<TestStream> OpenAsync(Action<Wire.Hello>? change = null)
    {
        var stream = await ConnectAsync(change);
        stream.Welcome = (await stream.NextAsync()).Welcome;
        Assert.NotNull(stream.Welcome);
        return stream;
    }
}

/// <summary>One stream to the hub.</summary>
internal sealed class TestStream(AsyncDuplexStreamingCall<byte[], Wire.HubMessage> call) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public Wire.Welcome Welcome { get; set; } = new();

    public Task SendAsync(Wire.AgentMessage message) => SendAsync(message.ToByteArray());

    public Task SendAsync(byte[] message) => call.RequestStream.WriteAsync(message, TestContext.Current.CancellationToken);

    public Task CompleteAsync() => call.RequestStream.CompleteAsync();

    /// <summary>The next message of the hub; throws the status when the stream ends.</summary>
    public async Task<Wire.HubMessage> NextAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        return await call.ResponseStream.MoveNext(patience.Token)
            ? call.ResponseStream.Current
            : throw new RpcException(Status.DefaultSuccess);
    }

    /// <summary>The next message of this kind; others are skipped.</summary>
    public async Task<Wire.HubMessage> NextAsync(Wire.HubMessage.KindOneofCase kind)
    {
        while (true)
        {
            if (await NextAsync() is { } message && message.KindCase == kind)
            {
                return message;
            }
        }
    }

    /// <summary>Answers the next probe, as an agent does that is alive.</summary>
    public async Task AnswerProbeAsync()
    {
        var probe = (await NextAsync(Wire.HubMessage.KindOneofCase.Probe)).Probe;
        await SendAsync(new Wire.AgentMessage { ProbeAnswer = new Wire.ProbeAnswer { Nonce = probe.Nonce } });
    }

    /// <summary>The status that the hub ends this stream with.</summary>
    public async Task<StatusCode> EndAsync()
    {
        try
        {
            while (true)
            {
                await NextAsync();
            }
        }
        catch (RpcException end)
        {
            return end.StatusCode;
        }
    }

    public void Dispose() => call.Dispose();
}
