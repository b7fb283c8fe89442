using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Listening;
using TaskConsole.AgentHub.Metrics;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>The life of one stream: hello, take the host's place, commit, then read and write until one side ends it, then tell the store.</summary>
internal sealed partial class SessionRunner(
    Handshake handshake,
    SessionRegistry sessions,
    LivenessProbe probe,
    HostSessions hosts,
    ResultPipeline pipeline,
    AgentHubOptions options,
    IOptions<OutputOptions> output,
    HubMetrics metrics,
    ExecuteBudget executes,
    HeartbeatSchedule heartbeats,
    StoreTrouble trouble,
    TimeProvider time,
    ILogger<SessionRunner> logger)
{
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the session is over; throws the status that the stream ends with.</summary>
    public async Task RunAsync(IAsyncStreamReader<Wire.AgentMessage> reader, IServerStreamWriter<Wire.HubMessage> writer, IPAddress address, CancellationToken aborted)
    {
        var disconnections = sessions.Disconnections;
        var hello = await ShakeHandsAsync(reader, writer, address, aborted);
        var session = new AgentSession(hello.Report.HostId, hello.Name, address.ToString(), hello.Clock, heartbeats.Take(), new Outbox(options.SendQueueExecutes, executes), time) { Number = hello.Number, SaidAt = hello.Report.SaidAt };
        session.Outbox.HoldUntilOpen();
        using var broken = aborted.UnsafeRegister(static state => ((AgentSession)state!).End(SessionEnd.Broken), session);
        using var reading = new CancellationTokenSource();
        using var writing = new CancellationTokenSource();
        sessions.Began();
        metrics.SessionBegan();
        try
        {
            // From here on it answers probes, and its break is noticed.
            var reads = ReadAsync(session, new Inbox(session, hosts, pipeline, metrics, time, logger), reader, reading.Token);
            var writes = WriteAsync(session, writer, writing.Token);
            await OpenAsync(session, hello, disconnections);
            if (!session.Ending.IsCompleted)
            {
                LogOpened(session.Name, session.HostId, session.EpochToClose, address);
            }

            var end = await session.Ending;
            await WindUpAsync(session, end, reads, reading, writes, writing);
            metrics.SessionEnded(end.Cause);
            LogEnded(session.Name, session.HostId, session.EpochToClose, end.Cause);
            if (end.Status is { } status)
            {
                throw status;
            }
        }
        finally
        {
            sessions.Ended();
        }
    }

    private async Task<VerifiedHello> ShakeHandsAsync(IAsyncStreamReader<Wire.AgentMessage> reader, IServerStreamWriter<Wire.HubMessage> writer, IPAddress address, CancellationToken aborted)
    {
        try
        {
            if (sessions.Draining)
            {
                throw Refusals.Unavailable("The hub is stopping; come back.");
            }

            var hello = await handshake.PerformAsync(reader, writer, address, aborted);
            return sessions.Count < options.MaxSessions || sessions.Find(hello.Report.HostId) is not null
                ? hello
                : throw Refusals.Exhausted("Too many agents are connected here.", TimeSpan.FromSeconds(5));
        }
        catch (RpcException refusal)
        {
            metrics.HelloRefused(refusal.StatusCode);
            if (refusal.StatusCode == StatusCode.Cancelled)
            {
                // The peer gave up: a flood of such streams must not fill the log.
                throw;
            }

            LogRefused(address, refusal.StatusCode, refusal.Status.Detail);
            throw;
        }
    }

    /// <summary>Nothing more is read or sent, and the store hears of the end.</summary>
    private async Task WindUpAsync(AgentSession session, SessionEnd end, Task reads, CancellationTokenSource reading, Task writes, CancellationTokenSource writing)
    {
        sessions.Leave(session);
        await reading.CancelAsync();
        await reads;
        session.Outbox.Close();

        // The session that replaced this one has taken over its epoch.
        if (end.Cause != SessionEnd.ReplacedCause && session.EpochToClose > 0)
        {
            await CloseAsync(session);
        }

        writing.CancelAfter(LastWrite);
        await writes;
    }

    /// <summary>Opens the session, or ends it.</summary>
    private async Task OpenAsync(AgentSession session, VerifiedHello hello, long disconnections)
    {
        try
        {
            var others = sessions.Arrive(session);
            if (others.MaxBy(other => other.Number) is { } newer && newer.Number > session.Number)
            {
                // A later hello of the same agent has overtaken this one, since the agent gave this stream up: another agent answers here.
                if (await probe.AskAsync(newer, [session]) is not null)
                {
                    await EndDuplicatesAsync(newer, session);
                    return;
                }

                session.End(SessionEnd.Replaced);
            }
            else if (await probe.AskAsync(session, others) is { } other)
            {
                await EndDuplicatesAsync(session, other);
                return;
            }

            if (sessions.Draining)
            {
                session.End(SessionEnd.Stopping);
            }

            if (session.Ending.IsCompleted)
            {
                return;
            }

            if (!sessions.TryEnter(session, out var older))
            {
                session.End(SessionEnd.Replaced);
                return;
            }

            if (older is not null)
            {
                await session.ReplaceAsync(older);
            }

            // The key may have been revoked after it was asked for and before the session could be found and ended.
            if (sessions.Disconnections != disconnections && !await IsStillActiveAsync(hello))
            {
                session.End(SessionEnd.Disconnected);
            }

            if (session.Ending.IsCompleted)
            {
                return;
            }

            // Not canceled when the stream breaks: an epoch that was committed must be known, so that it can be closed.
            switch (await hosts.OpenAsync(hello.Report, CancellationToken.None))
            {
                case HelloAnswer.Opened { Opening: var opening }:
                    Open(session, opening);
                    break;
                case HelloAnswer.Outdated:
                    session.End(SessionEnd.Outdated);
                    break;
                case HelloAnswer.Duplicate two:
                    session.End(SessionEnd.Duplicate(two.Address, two.OtherAddress));
                    break;
                default:
                    session.End(SessionEnd.Disconnected);
                    break;
            }
        }
        catch (Exception failure)
        {
            if (failure is not StoreUnavailableException || trouble.IsNews())
            {
                LogOpenFailed(failure, session.Name, session.HostId);
            }

            session.End(SessionEnd.StoreFailed);
        }
        finally
        {
            session.Settle();
        }
    }

    private void Open(AgentSession session, SessionOpening opening)
    {
        session.Open(opening.SessionEpoch, WelcomeMessages.From(opening, options.Heartbeat, session.HeartbeatSlot.First, output.Value, time.GetUtcNow()));

        // An execute that finds no room is committed, and the sweep delivers it again.
        foreach (var _ in opening.Executes.Where(order => !session.TryExecute(order)))
        {
            metrics.NotDelivered();
        }
    }

    /// <summary>Two agents are alive: <paramref name="other"/> was connected when <paramref name="session"/> said hello. No session of the host goes on, and none is opened until an operator has decided.</summary>
    private async Task EndDuplicatesAsync(AgentSession session, AgentSession other)
    {
        var epoch = sessions.Find(session.HostId)?.EpochToClose ?? 0;
        sessions.EndAll(session.HostId, SessionEnd.Duplicate(other.Address, session.Address));
        await hosts.MarkDuplicateAsync(session.HostId, epoch, session.SaidAt, other.Address, session.Address, CancellationToken.None);
    }

    private async Task<bool> IsStillActiveAsync(VerifiedHello hello) =>
        await hosts.ActiveKeyAsync(hello.Report.HostId, CancellationToken.None) is { } key && key.AsSpan().SequenceEqual(hello.Key);

    private async Task CloseAsync(AgentSession session)
    {
        try
        {
            await hosts.CloseAsync(session.HostId, session.EpochToClose, CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogCloseFailed(failure, session.Name, session.HostId);
        }
    }

    private async Task ReadAsync(AgentSession session, Inbox inbox, IAsyncStreamReader<Wire.AgentMessage> reader, CancellationToken cancellationToken)
    {
        try
        {
            while (!session.Ending.IsCompleted && await NextAsync(session, reader, cancellationToken))
            {
                await inbox.TakeAsync(reader.Current, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            session.End(SessionEnd.Broken);
        }
        catch (Exception failure)
        {
            LogTakeFailed(failure, session.Name, session.HostId);
            session.End(SessionEnd.StoreFailed);
        }
    }

    private static async Task<bool> NextAsync(AgentSession session, IAsyncStreamReader<Wire.AgentMessage> reader, CancellationToken cancellationToken)
    {
        session.WaitsForAgent(true);
        try
        {
            if (await reader.MoveNext(cancellationToken))
            {
                return true;
            }

            session.End(SessionEnd.Completed);
        }
        catch (RpcException status)
        {
            session.End(SessionEnd.RefusedMessage(status));
        }
        catch (InvalidProtocolBufferException)
        {
            session.End(SessionEnd.Malformed);
        }
        catch (Exception)
        {
            session.End(SessionEnd.Broken);
        }
        finally
        {
            session.WaitsForAgent(false);
        }

        return false;
    }

    private async Task WriteAsync(AgentSession session, IServerStreamWriter<Wire.HubMessage> writer, CancellationToken cancellationToken)
    {
        List<Wire.HubMessage> batch = [];
        try
        {
            while (await session.Outbox.WaitAsync())
            {
                session.Outbox.Take(batch, time);
                session.WritesToAgent(true);
                foreach (var message in batch)
                {
                    await writer.WriteAsync(message, cancellationToken);
                    metrics.Sent(message.KindCase.ToString());
                    session.WritesToAgent(true);
                }

                session.WritesToAgent(false);
                session.Outbox.Sent();
                batch.Clear();
            }
        }
        catch (Exception)
        {
            session.End(SessionEnd.Broken);
        }
    }
}
