using System.Diagnostics.Metrics;
using Grpc.Core;

namespace TaskConsole.AgentHub.Metrics;

/// <summary>What the hub counts. Meter <c>TaskConsole.AgentHub</c>.</summary>
internal sealed class HubMetrics : IDisposable
{
    public const string MeterName = "TaskConsole.AgentHub";

    private readonly Meter _meter;
    private readonly UpDownCounter<int> _sessions;
    private readonly Counter<long> _received;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _notDelivered;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _enrolmentsRefused;
    private readonly Counter<long> _hellosRefused;
    private readonly Counter<long> _sessionsEnded;

    public HubMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _sessions = _meter.CreateUpDownCounter<int>("taskconsole.hub.sessions", "{session}", "Open sessions.");
        _received = _meter.CreateCounter<long>("taskconsole.hub.messages.received", "{message}", "Messages from agents, by kind.");
        _sent = _meter.CreateCounter<long>("taskconsole.hub.messages.sent", "{message}", "Messages to agents, by kind.");
        _notDelivered = _meter.CreateCounter<long>("taskconsole.hub.not_delivered", "{execute}", "Executes not delivered because the queue of a session was full or it was not open yet.");
        _malformed = _meter.CreateCounter<long>("taskconsole.hub.messages.malformed", "{message}", "Messages dropped because they break the contract, by kind.");
        _enrolmentsRefused = _meter.CreateCounter<long>("taskconsole.hub.enrolments.refused", "{request}", "Refused requests to join, by status.");
        _hellosRefused = _meter.CreateCounter<long>("taskconsole.hub.hellos.refused", "{stream}", "Streams refused before their session began, by status.");
        _sessionsEnded = _meter.CreateCounter<long>("taskconsole.hub.sessions.ended", "{session}", "Ended sessions, by cause.");
    }

    public void SessionBegan() => _sessions.Add(1);

    public void SessionEnded(string cause)
    {
        _sessions.Add(-1);
        _sessionsEnded.Add(1, new KeyValuePair<string, object?>("cause", cause));
    }

    public void Received(string kind) => _received.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Sent(string kind) => _sent.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void NotDelivered() => _notDelivered.Add(1);

    public void Malformed(string kind) => _malformed.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void EnrolmentRefused(StatusCode status) => _enrolmentsRefused.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    public void HelloRefused(StatusCode status) => _hellosRefused.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    public void Dispose() => _meter.Dispose();
}
