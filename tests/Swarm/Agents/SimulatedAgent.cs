using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>
/// An agent that speaks the whole protocol and runs nothing: hello, claim, started, output within its window, end, resent
/// until acknowledged, reconciled after a break.
/// </summary>
internal sealed partial class SimulatedAgent(int number, AgentIdentity identity, AgentHub.AgentHubClient hub, string joinToken, SwarmCounts counts)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly Dictionary<AttemptKey, SimulatedAttempt> _attempts = [];
    private readonly HashSet<AttemptKey> _tombstones = [];
    private readonly ByteString _journalId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));
    private ByteString _agentId = ByteString.Empty;
    private readonly ByteString _placeId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
    private ulong _sequence;
    private long? _lastEpoch;

    /// <summary>Where the stream of a session is broken now and then; zero: never.</summary>
    public TimeSpan FlapsAfter { get; init; }

    /// <summary>Asks until it is approved.</summary>
    public async Task EnrolAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var answer = await hub.EnrolAsync(identity.Enrol(joinToken), cancellationToken: cancellationToken);
                if (answer.Decision == EnrolResponse.Types.Decision.Approved)
                {
                    _agentId = answer.AgentId;
                    return;
                }
            }
            catch (RpcException refused) when (!cancellationToken.IsCancellationRequested && refused.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
            {
                counts.Refused();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200 + Random.Shared.Next(800)), cancellationToken);
        }
    }

    /// <summary>Connects again and again, as agents do, until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var bound = TimeSpan.FromMilliseconds(250);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await TrySessionAsync(cancellationToken))
            {
                bound = TimeSpan.FromMilliseconds(250);
            }

            await Task.Delay(bound * Random.Shared.NextDouble(), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            bound = bound * 2 < LongestDelay ? bound * 2 : LongestDelay;
        }
    }

    /// <summary>True when it was welcomed.</summary>
    private async Task<bool> TrySessionAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (FlapsAfter > TimeSpan.Zero)
        {
            ended.CancelAfter(FlapsAfter * (0.5 + Random.Shared.NextDouble()));
        }

        var welcomed = false;
        try
        {
            using var call = hub.Connect(cancellationToken: ended.Token);
            var challenge = (await NextAsync(call, ended.Token)).Challenge;
            await call.RequestStream.WriteAsync(new AgentMessage { Hello = identity.Sign(Hello(), challenge) }, ended.Token);
            var welcome = await WelcomeAsync(call, ended.Token);
            _lastEpoch = welcome.SessionEpoch;
            await call.RequestStream.WriteAsync(new AgentMessage { EpochKept = new EpochKept { SessionEpoch = welcome.SessionEpoch } }, ended.Token);
            welcomed = true;
            counts.SessionBegan();
            var session = new Session(this, call, welcome.Settings, ended);
            await session.RunAsync(welcome);
        }
        catch (Exception broken) when (broken is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            if (!welcomed)
            {
                counts.Refused();
            }
        }
        finally
        {
            if (welcomed)
            {
                counts.SessionEnded();
            }
        }

        return welcomed;
    }

    /// <summary>Until it is welcome it answers probes alone.</summary>
    private static async Task<Welcome> WelcomeAsync(AsyncDuplexStreamingCall<AgentMessage, HubMessage> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await NextAsync(call, cancellationToken);
            if (message.Probe is not { } probe)
            {
                return message.Welcome;
            }

            await call.RequestStream.WriteAsync(Answer(probe), cancellationToken);
        }
    }

    private static AgentMessage Answer(Probe probe) => new() { ProbeAnswer = new ProbeAnswer { Nonce = probe.Nonce } };

    private Hello Hello()
    {
        var hello = NewHello();
        if (_lastEpoch is { } epoch)
        {
            hello.LastEpoch = epoch;
        }

        return hello;
    }

    private Hello NewHello() => new()
    {
        Version = ProtocolVersion._1,
        AgentId = _agentId,
        AgentNonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
        AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        BootId = "swarm",
        JournalId = _journalId,
        JournalSequence = _sequence,
        Name = identity.Name,
        PlaceId = _placeId,
        Facts = AgentIdentity.Facts(),
        Load = new HostLoad { Cpu = 0.1, Memory = 0.2, Load1 = 0.3, DiskFreeBytes = 1L << 34, Running = _attempts.Count },
        Attempts = { _attempts.Values.OrderBy(attempt => attempt.Sequence).Select(attempt => attempt.Entry()) },
    };

    private static async Task<HubMessage> NextAsync(AsyncDuplexStreamingCall<AgentMessage, HubMessage> call, CancellationToken cancellationToken) =>
        await call.ResponseStream.MoveNext(cancellationToken) ? call.ResponseStream.Current : throw new RpcException(Status.DefaultSuccess);

    private string Name => identity.Name;

    private int Number => number;

    private void Arrived(ByteString taskId) => counts.Arrived(new Guid(taskId.Span, bigEndian: true).ToString());

    private void Repeated() => counts.Repeated();

    private void EndAcknowledged(long lastBytes)
    {
        counts.OutputAcknowledged(lastBytes);
        counts.Acknowledged();
    }

    private void OutputAcknowledged(long bytes) => counts.OutputAcknowledged(bytes);
}
