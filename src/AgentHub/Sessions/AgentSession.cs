using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// One live stream of one agent. Begins when its hello is verified, is open once the store has committed its
/// reconciliation, and ends once, for the first cause given. Nothing here blocks.
/// </summary>
internal sealed class AgentSession(Guid hostId, string name, string address, AgentClock clock, HeartbeatSlot heartbeatSlot, Outbox outbox, TimeProvider time) : IAttemptEventOrigin
{
    private const int MaxEarly = 64;
    private const int NonceBytes = 16;

    private readonly TaskCompletionSource<SessionEnd> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _opening = new();

    /// <summary>Probes without an answer, which guards itself.</summary>
    private readonly Dictionary<ByteString, TaskCompletionSource> _probes = [];

    /// <summary>Executes that came before it is open; null from then on.</summary>
    private List<ExecuteOrder>? _early = [];
    private volatile bool _open;
    private long _openedAt;
    private long _waitingSince;
    private long _writingSince;

    public Guid HostId => hostId;

    /// <summary>As the agent calls itself; for logs.</summary>
    public string Name => name;

    /// <summary>Where the agent connects from.</summary>
    public string Address => address;

    /// <summary>Number of its challenge: of two sessions of one agent the one with the lower number was given up first.</summary>
    public required long Number { get; init; }

    /// <summary>When the hub read its hello.</summary>
    public required DateTimeOffset SaidAt { get; init; }

    /// <summary>Whether the store has committed its hello.</summary>
    public bool IsOpen => _open;

    /// <summary>For its reading side alone.</summary>
    public AgentClock Clock => clock;

    public Outbox Outbox => outbox;

    /// <summary>When the hub wants its heartbeats.</summary>
    public HeartbeatSlot HeartbeatSlot => heartbeatSlot;

    /// <summary>Its epoch once open; before that the one of the session it replaced, which is still to be closed; 0 for none.</summary>
    public long EpochToClose { get; private set; }

    /// <summary>Completes with why it ended; nothing may be read or delivered afterwards.</summary>
    public Task<SessionEnd> Ending => _ending.Task;

    /// <summary>Completes when the store has answered, or will not: no epoch is given to it any more.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Takes the place of an older session of the same host, which ends and is no longer closed by itself.</summary>
    public async Task ReplaceAsync(AgentSession older)
    {
        older.End(SessionEnd.Replaced);
        await older.Settled;
        EpochToClose = older.EpochToClose;
    }

    /// <summary>
    /// The store has committed the hello: answers it, and sends the executes that were made for it since the commit.
    /// From now on it takes executes.
    /// </summary>
    public void Open(long epoch, IEnumerable<Wire.HubMessage[]> answer)
    {
        lock (_opening)
        {
            EpochToClose = epoch;
            Volatile.Write(ref _openedAt, time.GetTimestamp());
            _open = true;
            foreach (var messages in answer)
            {
                outbox.Answer(messages);
            }

            // A message that does not fit is made up for by the sweep that looks for silent attempts.
            foreach (var order in (_early ?? []).Where(order => order.SessionEpoch == epoch))
            {
                outbox.TryExecute(ExecuteMessages.From(order));
            }

            _early = null;
        }

        outbox.Open();
        Settle();
    }

    /// <summary>No epoch will be given to it any more.</summary>
    public void Settle() => _settled.TrySetResult();

    /// <summary>
    /// False: ended, its queue is full, or made for an earlier session. The scheduler may be quicker than the answer to
    /// the hello: what comes before it is open waits, and is sent if it was made for this session.
    /// </summary>
    public bool TryExecute(ExecuteOrder order)
    {
        if (_ending.Task.IsCompleted)
        {
            return false;
        }

        lock (_opening)
        {
            if (_early is { } early)
            {
                if (order.SessionEpoch <= EpochToClose || early.Count == MaxEarly)
                {
                    return false;
                }

                early.Add(order);
                return true;
            }
        }

        return order.SessionEpoch == EpochToClose && outbox.TryExecute(ExecuteMessages.From(order));
    }

    /// <summary>False: ended. Taken before it is open too, and sent behind the Welcome, because the reconciliation may have been read before it.</summary>
    public bool TryCancel(CancelOrder order) => !_ending.Task.IsCompleted && outbox.TryCancel(order.Key, ExecuteMessages.From(order));

    /// <summary>Asks whether the agent is alive, ahead of everything that waits to be sent. Completes when it answers.</summary>
    public Task ProbeAsync()
    {
        var nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceBytes));
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_probes)
        {
            _probes.Add(nonce, answer);
        }

        outbox.Probe(new Wire.HubMessage { Probe = new Wire.Probe { Nonce = nonce } });
        return answer.Task;
    }

    /// <summary>The agent answers a probe. False: nobody asked with this nonce.</summary>
    public bool Answer(ByteString nonce)
    {
        TaskCompletionSource? answer;
        lock (_probes)
        {
            _probes.Remove(nonce, out answer);
        }

        return answer?.TrySetResult() ?? false;
    }

    /// <summary>False: ended. Taken before it is open too, as a cancel is.</summary>
    public bool TryEndBackground(EndBackgroundOrder order) => !_ending.Task.IsCompleted && outbox.TryEndBackground(order.Key, ExecuteMessages.From(order));

    /// <summary>Ends it; only the first cause counts.</summary>
    public void End(SessionEnd end) => _ending.TrySetResult(end);

    /// <summary>Notes that it waits for the agent's next message, or no longer does.</summary>
    public void WaitsForAgent(bool waits) => Volatile.Write(ref _waitingSince, waits ? time.GetTimestamp() : 0);

    /// <summary>Notes that it writes to the agent, or no longer does.</summary>
    public void WritesToAgent(bool writes) => Volatile.Write(ref _writingSince, writes ? time.GetTimestamp() : 0);

    /// <summary>Ends it when the agent has said nothing, or read nothing, for longer than allowed. Time in which the store holds it up, or before it is open, does not count.</summary>
    public bool EndIfSilent(TimeSpan longest)
    {
        if (!_open)
        {
            return false;
        }

        if (Exceeds(Volatile.Read(ref _waitingSince), longest))
        {
            End(SessionEnd.Silent);
            return true;
        }

        if (Exceeds(Volatile.Read(ref _writingSince), longest))
        {
            End(SessionEnd.NotReading);
            return true;
        }

        return false;
    }

    void IAttemptEventOrigin.OutputCommitted(AttemptKey key, OutputStream stream, long offset) => outbox.Acknowledge(key, stream, offset);

    void IAttemptEventOrigin.EndCommitted(AttemptKey key) => outbox.AcknowledgeEnd(key);

    void IAttemptEventOrigin.BackgroundCommitted(AttemptKey key) => outbox.AcknowledgeBackground(key);

    void IAttemptEventOrigin.ResendNeeded(AttemptKey key, OutputStream stream, long offset) => outbox.Resend(key, stream, offset);

    /// <summary>Nothing is told to the agent, and the pipeline has logged it.</summary>
    void IAttemptEventOrigin.Refused(AttemptKey key, string why)
    {
    }

    private bool Exceeds(long since, TimeSpan longest) => since != 0 && time.GetElapsedTime(Math.Max(since, Volatile.Read(ref _openedAt))) > longest;
}
