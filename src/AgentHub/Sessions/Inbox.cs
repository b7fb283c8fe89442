using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Metrics;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// Takes the messages of one session, one after the other; before it is open answers to probes alone. What breaks the contract is dropped and counted, so
/// that one bad message does not hold up the rest; an agent that sends nothing but such is sent away.
/// </summary>
internal sealed partial class Inbox(AgentSession session, HostSessions hosts, ResultPipeline pipeline, HubMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int MaxMalformed = 100;

    private readonly HashSet<(Wire.AgentMessage.KindOneofCase Kind, string Field)> _told = [];
    private MessageReading? _reading;
    private int _malformed;

    /// <summary>Waits while the pipeline is full: nothing more is read from this agent until then.</summary>
    public async ValueTask TakeAsync(Wire.AgentMessage message, CancellationToken cancellationToken)
    {
        metrics.Received(message.KindCase.ToString());
        switch (message.KindCase)
        {
            case Wire.AgentMessage.KindOneofCase.ProbeAnswer:
                session.Answer(message.ProbeAnswer.Nonce);
                return;
            case not Wire.AgentMessage.KindOneofCase.None when !session.IsOpen:
                DropMalformed(message.KindCase, "kind before Welcome");
                return;
            case Wire.AgentMessage.KindOneofCase.EpochKept when message.EpochKept.SessionEpoch == session.EpochToClose:
                hosts.Confirm(session.HostId, session.EpochToClose);
                return;
            case Wire.AgentMessage.KindOneofCase.Heartbeat:
                TakeHeartbeat(message.Heartbeat);
                return;
            case Wire.AgentMessage.KindOneofCase.None:
                LogUnknownKind(session.Name, session.HostId);
                return;
        }

        var reading = _reading ??= new MessageReading(session.HostId, session.EpochToClose, session.Clock, session, time);
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
            DropMalformed(message.KindCase, reading.Wrong);
            return;
        }

        await pipeline.SubmitAsync(read, cancellationToken);
    }

    private void TakeHeartbeat(Wire.Heartbeat heartbeat)
    {
        if (!Plausible.IsTime(heartbeat.AgentTimeMs) || !Plausible.IsSequence(heartbeat.JournalSequence))
        {
            DropMalformed(Wire.AgentMessage.KindOneofCase.Heartbeat, Plausible.IsTime(heartbeat.AgentTimeMs) ? "journal_sequence" : "agent_time_ms");
            return;
        }

        session.Clock.Observe(heartbeat.AgentTimeMs);
        hosts.Heartbeat(session.HostId, session.EpochToClose, Facts.Read(heartbeat.Load), (long)heartbeat.JournalSequence);
        if (session.HeartbeatSlot.Come() is { } next)
        {
            session.Outbox.ReplyToHeartbeat(next);
        }
    }

    private void DropMalformed(Wire.AgentMessage.KindOneofCase kind, string field)
    {
        metrics.Malformed(kind.ToString());

        // One log line for each kind: the metric counts the rest.
        if (_told.Add((kind, field)))
        {
            LogMalformed(session.Name, session.HostId, field, kind);
        }

        if (++_malformed >= MaxMalformed)
        {
            session.End(SessionEnd.Malformed);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dropped a message of {Name} ({HostId}) that breaks the contract: {Field} of {Kind} cannot be true")]
    private partial void LogMalformed(string name, Guid hostId, string field, Wire.AgentMessage.KindOneofCase kind);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Ignored a message of {Name} ({HostId}) of a kind that this hub does not know")]
    private partial void LogUnknownKind(string name, Guid hostId);
}
