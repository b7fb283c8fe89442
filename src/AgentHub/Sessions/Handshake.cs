using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Listening;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>A hello whose signature was checked.</summary>
/// <param name="Report">What it says.</param>
/// <param name="Name">As the agent calls itself.</param>
/// <param name="Key">That it was signed with.</param>
/// <param name="Clock">The agent's, measured.</param>
/// <param name="Number">Of its challenge: they count up. An agent asks for one only when it has given up the stream of the one before.</param>
internal sealed record VerifiedHello(HelloReport Report, string Name, byte[] Key, AgentClock Clock, long Number);

/// <summary>Challenge and hello: the hub speaks first, the agent proves its key. Before that nothing it says has an effect.</summary>
internal sealed partial class Handshake(HostSessions hosts, StoreTrouble trouble, AgentHubOptions options, TimeProvider time, ILogger<Handshake> logger) : IDisposable
{
    private const Wire.ProtocolVersion LowestVersion = Wire.ProtocolVersion._1;

    /// <summary>Hellos that are asked for, read or checked at the same time; each may hold a message of up to 1 MiB. The others wait for their challenge.</summary>
    private const int MaxTalking = 2_048;

    private readonly SemaphoreSlim _talking = new(MaxTalking, MaxTalking);
    private int _pending;
    private long _challenges;

    public void Dispose() => _talking.Dispose();

    /// <summary>Throws the status that the contract names.</summary>
    public async Task<VerifiedHello> PerformAsync(IAsyncStreamReader<Wire.AgentMessage> reader, IServerStreamWriter<Wire.HubMessage> writer, IPAddress address, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _pending) > options.MaxPendingHellos)
            {
                throw Refusals.Exhausted("Too many agents say hello at once.", TimeSpan.FromSeconds(1));
            }

            await _talking.WaitAsync(cancellationToken);
            try
            {
                return await VerifyAsync(reader, writer, address, cancellationToken);
            }
            finally
            {
                _talking.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    private async Task<VerifiedHello> VerifyAsync(IAsyncStreamReader<Wire.AgentMessage> reader, IServerStreamWriter<Wire.HubMessage> writer, IPAddress address, CancellationToken cancellationToken)
    {
        try
        {
            var challenge = await ChallengeAsync(cancellationToken);
            var number = Interlocked.Increment(ref _challenges);
            var signed = await AskAgentAsync(reader, writer, challenge, cancellationToken);
            return await CheckAsync(signed, challenge, number, time.GetUtcNow(), address, cancellationToken);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusals.Invalid("The hello cannot be read.");
        }
    }

    /// <summary>The deadline is the agent's alone: what the store takes is no reason to send an agent away that comes back and asks the store again.</summary>
    private async Task<Wire.SignedHello> AskAgentAsync(IAsyncStreamReader<Wire.AgentMessage> reader, IServerStreamWriter<Wire.HubMessage> writer, Wire.Challenge challenge, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.HelloDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await writer.WriteAsync(new Wire.HubMessage { Challenge = challenge }, either.Token);
            return await NextAsync(reader, either.Token) && reader.Current.Hello is { } signed
                ? signed
                : throw Refusals.Unauthenticated("The first message must be the hello.");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Refusals.TooSlow("No hello in time.");
        }
    }

    private static async Task<bool> NextAsync(IAsyncStreamReader<Wire.AgentMessage> reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.MoveNext(cancellationToken);
        }
        catch (IOException)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The stream broke before the hello."));
        }
    }

    private async Task<Wire.Challenge> ChallengeAsync(CancellationToken cancellationToken)
    {
        var hubId = await AskStoreAsync(hosts.HubIdAsync, cancellationToken);
        return new Wire.Challenge
        {
            HubId = Ids.ToWire(hubId),
            Nonce = UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(32)),
            HubTimeMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            LowestVersion = LowestVersion,
        };
    }

    private async Task<VerifiedHello> CheckAsync(Wire.SignedHello signed, Wire.Challenge challenge, long number, DateTimeOffset saidAt, IPAddress address, CancellationToken cancellationToken)
    {
        var hello = Wire.Hello.Parser.ParseFrom(signed.Hello);
        if (hello.Version < LowestVersion)
        {
            throw Refusals.TooOld($"The agent speaks version {(int)hello.Version} of the protocol; the lowest accepted is {(int)LowestVersion}.");
        }

        var agentId = HelloReading.ReadAgentId(hello);
        var key = await AskStoreAsync(token => hosts.ActiveKeyAsync(agentId, token), cancellationToken);
        if (key is null || !Signatures.Proves(signed, hello, challenge, key))
        {
            throw Refusals.Unauthenticated();
        }

        var clock = new AgentClock(challenge.HubTimeMs, saidAt.ToUnixTimeMilliseconds(), hello.AgentTimeMs, time);
        return new VerifiedHello(
            HelloReading.Read(hello, agentId, clock, saidAt, address.ToString()),
            HostName.IsAllowed(hello.Name) ? hello.Name : agentId.ToString(),
            key,
            clock,
            number);
    }

    private async Task<T> AskStoreAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (trouble.IsNews())
            {
                LogStoreFailed(failure);
            }

            throw Refusals.StoreUnavailable();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store failed while an agent said hello")]
    private partial void LogStoreFailed(Exception failure);
}
