using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// What the hub tells the store about agents: joining, coming, going, heartbeats. Comings and goings are committed in
/// groups, so that ten thousand agents are back within seconds.
/// </summary>
public sealed partial class HostSessions : BackgroundService
{
    private const int Capacity = 20_000;
    private const int MaxGroup = 256;

    private readonly Channel<SessionChange> _changes = Channel.CreateBounded<SessionChange>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly ActiveKeys _keys;
    private readonly SessionCommitter _committer;
    private readonly HostEnrolment _enrolment;
    private readonly HostPresence _presence;
    private readonly InstallationIdentity _installation;
    private readonly TimeProvider _time;
    private readonly ILogger<HostSessions> _logger;
    private readonly UncommittedCloses _closes;
    private Task? _arrival;

    internal HostSessions(
        ActiveKeys keys,
        SessionCommitter committer,
        HostEnrolment enrolment,
        HostPresence presence,
        InstallationIdentity installation,
        TimeProvider time,
        ILogger<HostSessions> logger)
    {
        _keys = keys;
        _committer = committer;
        _enrolment = enrolment;
        _presence = presence;
        _installation = installation;
        _time = time;
        _logger = logger;
        _closes = new UncommittedCloses(time);
    }

    /// <summary>The installation's id, which enrolment and hello sign.</summary>
    public Task<Guid> HubIdAsync(CancellationToken cancellationToken) => _installation.HubIdAsync(cancellationToken);

    /// <summary>Decides on a key that asks to join. Idempotent for one key.</summary>
    public Task<EnrolmentAnswer> EnrolAsync(EnrolmentRequest request, CancellationToken cancellationToken) => _enrolment.EnrolAsync(request, cancellationToken);

    /// <summary>The key (SubjectPublicKeyInfo) that must have signed a hello of this host; null when the host is unknown, not approved or rejected.</summary>
    public Task<byte[]?> ActiveKeyAsync(Guid hostId, CancellationToken cancellationToken) => _keys.FindAsync(hostId, cancellationToken);

    /// <summary>
    /// Commits a new session and its reconciliation, or says why there is none. Throws
    /// <see cref="StoreUnavailableException"/>, or what else went wrong, when it could not be committed: the session must
    /// end, and the agent's next hello tries again.
    /// </summary>
    public async Task<HelloAnswer> OpenAsync(HelloReport hello, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hello);
        var opening = new SessionChange.Open(hello);
        await _changes.Writer.WriteAsync(opening, cancellationToken);
        return await opening.Answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Two agents of this host are alive: whatever is still said in the session that is open counts no more, and no session
    /// is opened until an operator has decided. Throws as <see cref="OpenAsync"/>.
    /// </summary>
    /// <param name="hostId">Which host.</param>
    /// <param name="sessionEpoch">Of the session that may be open; 0 for none.</param>
    /// <param name="saidAt">When the hub read the hello of the one that came: what an operator has decided since stands.</param>
    /// <param name="address">Of the agent that was here first.</param>
    /// <param name="otherAddress">Of the agent that came to it.</param>
    /// <param name="cancellationToken">Gives up waiting, not the change.</param>
    public async Task<HelloAnswer> MarkDuplicateAsync(Guid hostId, long sessionEpoch, DateTimeOffset saidAt, string? address, string? otherAddress, CancellationToken cancellationToken)
    {
        _presence.Closed(hostId, sessionEpoch);
        var change = new SessionChange.Duplicate(hostId, saidAt, address, otherAddress);
        await _changes.Writer.WriteAsync(change, cancellationToken);
        return await change.Answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// A session broke: the host is offline and what it holds is Unreachable, unless a newer session exists. Tried until
    /// the store takes it.
    /// </summary>
    public ValueTask CloseAsync(Guid hostId, long sessionEpoch, CancellationToken cancellationToken)
    {
        _presence.Closed(hostId, sessionEpoch);
        return _changes.Writer.WriteAsync(new SessionChange.Close(hostId, sessionEpoch), cancellationToken);
    }

    /// <summary>The store says that a session lives which this process does not know: it is closed, unless it has just been opened.</summary>
    internal ValueTask CloseUnknownAsync(Guid hostId, long sessionEpoch, CancellationToken cancellationToken) =>
        _changes.Writer.WriteAsync(new SessionChange.Close(hostId, sessionEpoch), cancellationToken);

    /// <summary>Takes a heartbeat; written with others, a minute later at most.</summary>
    public void Heartbeat(Guid hostId, long sessionEpoch, HostLoad load, long journalSequence) => _presence.Heartbeat(hostId, sessionEpoch, load, journalSequence);

    /// <summary>The agent has stored the epoch of its session durably. Written with what is written next of the host.</summary>
    public void Confirm(Guid hostId, long sessionEpoch) => _presence.Confirm(hostId, sessionEpoch);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<SessionChange>(MaxGroup);
        try
        {
            while (true)
            {
                await WaitAsync(stoppingToken);
                group.Clear();
                while (group.Count < MaxGroup && _changes.Reader.TryRead(out var change))
                {
                    group.Add(change);
                }

                // The session is closed by the epoch that is known now: one that was opened meanwhile stays open.
                group.RemoveAll(change => change is SessionChange.Close close && _presence.IsCurrent(close.Host, close.SessionEpoch));
                await CommitAsync(group, stoppingToken);
                if (_closes.IsDue)
                {
                    await CommitAsync(_closes.Take(), stoppingToken);
                }
            }
        }
        finally
        {
            _changes.Writer.TryComplete();
            while (_changes.Reader.TryRead(out var change))
            {
                (change as SessionChange.Asked)?.Answer.TrySetCanceled(CancellationToken.None);
            }

            group.OfType<SessionChange.Asked>().ToList().ForEach(asked => asked.Answer.TrySetCanceled(CancellationToken.None));
        }
    }

    /// <summary>Until something came or went, or closes are to be tried again.</summary>
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        _arrival = _arrival is { IsCompleted: false } ? _arrival : _changes.Reader.WaitToReadAsync(cancellationToken).AsTask();
        if (_closes.DueIn is { } wait)
        {
            await Task.WhenAny(_arrival, Task.Delay(wait, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            await _arrival;
        }
    }

    private async Task CommitAsync(List<SessionChange> group, CancellationToken cancellationToken)
    {
        if (group.Count == 0)
        {
            return;
        }

        var epochs = group.OfType<SessionChange.Open>().DistinctBy(open => open.HostId).ToDictionary(open => open.HostId, open => _presence.Find(open.HostId)?.Epoch);
        try
        {
            await _committer.CommitAsync(group, cancellationToken);
            _closes.Committed();
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Sessions that were answered are committed: opened again they would have an epoch that their stream does not know.
            group.RemoveAll(change => change is SessionChange.Asked { Answer.Task.IsCompleted: true });
            if (StoreFailure.IsUnavailable(failure) || group.Count == 1)
            {
                GiveUp(group, epochs, failure);
                return;
            }

            // One change of the group may be at fault: each is tried alone.
            await CommitAsync(group[..(group.Count / 2)], cancellationToken);
            await CommitAsync(group[(group.Count / 2)..], cancellationToken);
        }
    }

    /// <summary>Sessions that cannot be opened end, and their agents come back; those that ended are tried again.</summary>
    private void GiveUp(List<SessionChange> group, Dictionary<Guid, long?> epochs, Exception failure)
    {
        if (_closes.Failed(failure.GetBaseException().Message))
        {
            LogNotCommitted(_logger, failure, group.Count, group[0].HostId);
        }

        foreach (var change in group)
        {
            if (change is SessionChange.Close close)
            {
                _closes.Add(close);
                continue;
            }

            // The session was committed, and something behind the commit failed: no stream will use the session, so it is closed.
            if (change is SessionChange.Open && _presence.Find(change.HostId) is { } present && present.Epoch != epochs[change.HostId])
            {
                _presence.Closed(change.HostId, present.Epoch);
                _closes.Add(new SessionChange.Close(change.HostId, present.Epoch));
            }

            ((SessionChange.Asked)change).Answer.TrySetException(StoreFailure.IsUnavailable(failure) ? new StoreUnavailableException(failure) : failure);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} sessions that came or went could not be committed, one of host {HostId}; agents come back, and what ended is tried again")]
    private static partial void LogNotCommitted(ILogger logger, Exception failure, int count, Guid hostId);
}

/// <summary>A session that came or went.</summary>
internal abstract record SessionChange(Guid HostId)
{
    /// <summary>One whose answer somebody waits for.</summary>
    public abstract record Asked(Guid HostId, DateTimeOffset SaidAt) : SessionChange(HostId)
    {
        public TaskCompletionSource<HelloAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public sealed record Open(HelloReport Hello) : Asked(Hello.HostId, Hello.SaidAt);

    public sealed record Duplicate(Guid Host, DateTimeOffset SaidAt, string? Address, string? OtherAddress) : Asked(Host, SaidAt);

    public sealed record Close(Guid Host, long SessionEpoch) : SessionChange(Host);
}
