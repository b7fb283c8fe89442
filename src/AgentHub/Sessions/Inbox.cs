using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// Takes the messages of one open session, one after the other. What breaks the contract is dropped and counted, so
/// that one bad message does not hold up the rest; an agent that sends nothing but such is sent away.
/// </summary>
internal sealed partial class Inbox(AgentSession session, MessageReading reading, HostSessions hosts, ResultPipeline pipeline, HubMetrics metrics, ILogger logger)
{
    private const int MaxMalformed = 100;

    private int _malformed;

    /// <summary>Waits while the pipeline is full: nothing more is read from this agent until then.</summary>
    public async ValueTask TakeAsync(Wire.AgentMessage message, CancellationToken cancellationToken)
    {
        metrics.Received(message.KindCase.ToString());
        switch (message.KindCase)
        {
            case Wire.AgentMessage.KindOneofCase.Heartbeat:
                TakeHeartbeat(message.Heartbeat);
                return;
            case Wire.AgentMessage.KindOneofCase.None:
                LogUnknownKind(session.Name, session.HostId);
                return;
        }

        var read = message.KindCase switch
        {
            Wire.AgentMessage.KindOneofCase.Started => reading.Read(message.Started),
            Wire.AgentMessage.KindOneofCase.Output => reading.Read(message.Output),
            Wire.AgentMessage.KindOneofCase.Omitted => reading.Read(message.Omitted),
            Wire.AgentMessage.KindOneofCase.Refused => reading.Read(message.Refused),
            Wire.AgentMessage.KindOneofCase.Finished => reading.Read(message.Finished),
            Wire.AgentMessage.KindOneofCase.BackgroundEnded => reading.Read(message.BackgroundEnded),
            _ => null,
        };
        if (read is null)
        {
            DropMalformed(message.KindCase);
            return;
        }

        await pipeline.SubmitAsync(read, cancellationToken);
    }

    private void TakeHeartbeat(Wire.Heartbeat heartbeat)
    {
        if (!AgentClock.IsPlausible(heartbeat.AgentTimeMs))
        {
            DropMalformed(Wire.AgentMessage.KindOneofCase.Heartbeat);
            return;
        }

        session.Clock.Observe(heartbeat.AgentTimeMs);
        hosts.Heartbeat(session.HostId, session.EpochToClose, Facts.Read(heartbeat.Load), (long)Math.Min(heartbeat.JournalSequence, long.MaxValue));
        if (session.HeartbeatSlot.Come() is { } next)
        {
            session.Outbox.ReplyToHeartbeat(next);
        }
    }

    private void DropMalformed(Wire.AgentMessage.KindOneofCase kind)
    {
        metrics.Malformed(kind.ToString());
        LogMalformed(session.Name, session.HostId, kind);
        if (++_malformed >= MaxMalformed)
        {
            session.End(SessionEnd.Malformed);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dropped a message of {Name} ({HostId}) that breaks the contract: {Kind}")]
    private partial void LogMalformed(string name, Guid hostId, Wire.AgentMessage.KindOneofCase kind);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Ignored a message of {Name} ({HostId}) of a kind that this hub does not know")]
    private partial void LogUnknownKind(string name, Guid hostId);
}
