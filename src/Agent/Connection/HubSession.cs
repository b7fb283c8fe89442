using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Enrolment;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>How a session ended that the hub did not break off.</summary>
/// <param name="ReconnectAfter">At least so long the hub asked to be left alone.</param>
internal readonly record struct SessionEnd(bool Welcomed, TimeSpan ReconnectAfter);

/// <summary>
/// One stream to the hub, from the hub's challenge on. Nothing is sent between hello and Welcome, because
/// the hub commits its reconciliation in between.
/// </summary>
internal sealed partial class HubSession(
    AgentKey key,
    AgentJournal journal,
    AttemptRegistry attempts,
    AttemptAdmission admission,
    Leftovers leftovers,
    WelcomedEpoch epoch,
    HubClock clock,
    AgentLoad load,
    TimeProvider time,
    ILoggerFactory loggers,
    ILogger<HubSession> logger)
{
    private const int NonceBytes = 32;
    private const int MostInHello = 4096;
    // A hub that is silent for so long after hello is not coming: its store may be slow.
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);
    // Every second one is unanswered by design; a hub whose store is stuck reads none for a while and is left alone.
    private const int MissedHeartbeats = 5;
    private bool _isStarted;

    /// <summary>The interval that the hub asked for at the last welcome.</summary>
    public TimeSpan Heartbeat { get; private set; } = SessionLimits.UsualHeartbeat;

    /// <summary>Returns when the hub ended the stream or asked to come back later.</summary>
    /// <exception cref="RpcException">The stream broke, or the hub refused this agent.</exception>
    public async Task<SessionEnd> RunAsync(AgentHub.AgentHubClient hub, IdentityRecord identity, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = hub.Connect(cancellationToken: ending.Token);
        ending.CancelAfter(HandshakeLimit);
        var told = attempts.Snapshot().Take(MostInHello).ToList();
        // A read of a stream that never came to be says that it was canceled; this says why.
        _ = await call.ResponseHeadersAsync.WaitAsync(ending.Token);
        var challenge = await ReadAsync(call, HubMessage.KindOneofCase.Challenge, ending.Token);
        CheckHub(challenge.Challenge, identity);
        clock.Set(challenge.Challenge.HubTimeMs);
        await call.RequestStream.WriteAsync(MakeHello(challenge.Challenge, identity, told), ending.Token);
        var welcome = (await ReadAsync(call, HubMessage.KindOneofCase.Welcome, ending.Token)).Welcome;
        ending.CancelAfter(Timeout.InfiniteTimeSpan);
        clock.Set(welcome.HubTimeMs);
        LogWelcomed(welcome.SessionEpoch, told.Count);
        if (!_isStarted)
            StartupMemory.GiveBack();
        _isStarted = true;
        return await ConverseAsync(call, told, welcome, ending);
    }

    private async Task<SessionEnd> ConverseAsync(
        AsyncDuplexStreamingCall<AgentMessage, HubMessage> call,
        IReadOnlyList<TrackedAttempt> told,
        Welcome welcome,
        CancellationTokenSource ending)
    {
        var limits = SessionLimits.From(welcome.Settings);
        Heartbeat = limits.Heartbeat;
        var outbox = new Outbox();
        // Confirmed only when it is on disk: the hub takes an agent that tells an older one for a copy.
        if (epoch.TryKeep(welcome.SessionEpoch))
            outbox.SendFirst(new AgentMessage { EpochKept = new EpochKept { SessionEpoch = welcome.SessionEpoch } });
        using var talking = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var conversation = new HubConversation(outbox, limits, attempts, admission, leftovers, time, loggers.CreateLogger<HubConversation>());
        conversation.Reconcile(told, welcome, talking.Token);
        using var heartbeat = new Heartbeat(outbox, limits.Heartbeat, journal, load, time);
        var writing = outbox.WriteToAsync(call.RequestStream, ending.Token);
        var reading = ReadAllAsync(call, conversation, heartbeat, outbox, talking.Token);
        Task[] all =
        [
            writing, reading, conversation.WorkAsync(talking.Token), conversation.TellLeftoversAsync(talking.Token), heartbeat.RunAsync(welcome.FirstHeartbeatMs, MissedHeartbeats, talking.Token),
        ];
        var first = await Task.WhenAny(all);

        // In order: nobody sends any more, what was sent goes, the stream ends.
        await talking.CancelAsync();
        await conversation.EndAsync();
        outbox.Complete();
        ending.CancelAfter(FlushLimit);
        await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first != reading || !first.IsCompletedSuccessfully)
            await first;
        return new SessionEnd(true, reading.IsCompletedSuccessfully ? await reading : TimeSpan.Zero);
    }

    // Returns how long the hub wants to be left alone.
    private async Task<TimeSpan> ReadAllAsync(
        AsyncDuplexStreamingCall<AgentMessage, HubMessage> call,
        HubConversation conversation,
        Heartbeat heartbeat,
        Outbox outbox,
        CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var message = call.ResponseStream.Current;
            switch (message.KindCase)
            {
                case HubMessage.KindOneofCase.HeartbeatReply:
                    clock.Set(message.HeartbeatReply.HubTimeMs);
                    heartbeat.Answered(message.HeartbeatReply.NextHeartbeatMs);
                    break;
                case HubMessage.KindOneofCase.Probe:
                    outbox.SendFirst(Answer(message.Probe));
                    break;
                case HubMessage.KindOneofCase.Drain:
                    LogDrain(message.Drain.Reason, message.Drain.ReconnectAfterMs);
                    return TimeSpan.FromMilliseconds(Math.Max(0, message.Drain.ReconnectAfterMs));
                default:
                    await conversation.TakeAsync(message, cancellationToken);
                    break;
            }
        }

        return TimeSpan.Zero;
    }

    private static AgentMessage Answer(Probe probe) => new() { ProbeAnswer = new ProbeAnswer { Nonce = probe.Nonce } };

    // As the hub itself would answer, without asking it.
    private static void CheckHub(Challenge challenge, IdentityRecord identity)
    {
        if (challenge.HubId != identity.HubId)
            throw new RpcException(new Status(StatusCode.Unauthenticated, "this is another hub than the one that let this host in"));
        if (challenge.LowestVersion > ProtocolVersion._1)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"it speaks version {(int)challenge.LowestVersion} or newer"));
    }

    private AgentMessage MakeHello(Challenge challenge, IdentityRecord identity, IReadOnlyList<TrackedAttempt> told)
    {
        var hello = new Hello
        {
            Version = ProtocolVersion._1,
            AgentId = identity.AgentId,
            AgentNonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceBytes)),
            AgentTimeMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            BootId = BootId.Current,
            JournalId = journal.Id,
            JournalSequence = journal.Sequence,
            Facts = HostFactsReader.Read(),
            Load = load.Sample(),
            Name = identity.Name,
            PlaceId = epoch.Place,
        };
        if (epoch.Kept is { } kept)
            hello.LastEpoch = kept;
        hello.Attempts.AddRange(told.Select(attempt => attempt.ToJournalEntry()));
        var bytes = hello.ToByteString();
        var signature = key.Sign(new HelloProof
        {
            Context = "taskconsole hello v1",
            HubId = identity.HubId,
            HubNonce = challenge.Nonce,
            AgentNonce = hello.AgentNonce,
            AgentId = identity.AgentId,
            HelloSha256 = ByteString.CopyFrom(SHA256.HashData(bytes.Span)),
        });
        return new AgentMessage { Hello = new SignedHello { Hello = bytes, Signature = signature } };
    }

    private static async Task<HubMessage> ReadAsync(
        AsyncDuplexStreamingCall<AgentMessage, HubMessage> call, HubMessage.KindOneofCase kind, CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            if (call.ResponseStream.Current.KindCase == kind)
                return call.ResponseStream.Current;
            if (call.ResponseStream.Current.Probe is { } probe)
                await call.RequestStream.WriteAsync(Answer(probe), cancellationToken);
        }

        throw new RpcException(new Status(StatusCode.Unavailable, $"The hub ended the stream before {kind}."));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected, session {Epoch}; {Count} attempts were reconciled")]
    private partial void LogWelcomed(long epoch, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "The hub ends this session ({Reason}); back in {ReconnectAfterMs} ms")]
    private partial void LogDrain(string reason, long reconnectAfterMs);
}
