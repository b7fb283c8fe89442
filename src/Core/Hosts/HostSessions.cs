using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
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
    private readonly Store _store;
    private readonly SessionCommitter _committer;
    private readonly HostEnrolment _enrolment;
    private readonly HostPresence _presence;
    private readonly InstallationIdentity _installation;
    private readonly TimeProvider _time;
    private readonly ILogger<HostSessions> _logger;

    internal HostSessions(
        Store store,
        SessionCommitter committer,
        HostEnrolment enrolment,
        HostPresence presence,
        InstallationIdentity installation,
        TimeProvider time,
        ILogger<HostSessions> logger)
    {
        _store = store;
        _committer = committer;
        _enrolment = enrolment;
        _presence = presence;
        _installation = installation;
        _time = time;
        _logger = logger;
    }

    /// <summary>The installation's id, which enrolment and hello sign.</summary>
    public Task<Guid> HubIdAsync(CancellationToken cancellationToken) => _installation.HubIdAsync(cancellationToken);

    /// <summary>The join token in force: the setting, or the one made at first start.</summary>
    public Task<string> JoinTokenAsync(CancellationToken cancellationToken) => _installation.JoinTokenAsync(cancellationToken);

    /// <summary>Decides on a key that asks to join. Idempotent for one key.</summary>
    public Task<EnrolmentAnswer> EnrolAsync(EnrolmentRequest request, CancellationToken cancellationToken) => _enrolment.EnrolAsync(request, cancellationToken);

    /// <summary>The key (SubjectPublicKeyInfo) that must have signed a hello of this host; null when the host is unknown, not approved or rejected.</summary>
    public async Task<byte[]?> ActiveKeyAsync(Guid hostId, CancellationToken cancellationToken)
    {
        var context = _store.Read();
        await using (context)
        {
            return await context.HostKeys
                .Where(key => key.HostId == hostId && key.Status == HostKeyStatus.Active)
                .Join(context.Hosts.Where(host => host.Admission == Admission.Approved), key => key.HostId, host => host.Id, (key, _) => key.PublicKey)
                .FirstOrDefaultAsync(cancellationToken);
        }
    }

    /// <summary>Commits a new session and its reconciliation; null: the host is not approved any more. Throws when the store cannot be written.</summary>
    public async Task<SessionOpening?> OpenAsync(HelloReport hello, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hello);
        var opening = new SessionChange.Open(hello);
        await _changes.Writer.WriteAsync(opening, cancellationToken);
        return await opening.Answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A session broke: the host is offline and what it holds is Unreachable, unless a newer session exists.</summary>
    public ValueTask CloseAsync(Guid hostId, long sessionEpoch, CancellationToken cancellationToken)
    {
        var journalSequence = _presence.Closed(hostId, sessionEpoch);
        return _changes.Writer.WriteAsync(new SessionChange.Close(hostId, sessionEpoch, journalSequence), cancellationToken);
    }

    /// <summary>Takes a heartbeat; written with others, a minute later at most.</summary>
    public void Heartbeat(Guid hostId, long sessionEpoch, HostLoad load, long journalSequence) => _presence.Heartbeat(hostId, sessionEpoch, load, journalSequence);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<SessionChange>(MaxGroup);
        try
        {
            while (await _changes.Reader.WaitToReadAsync(stoppingToken))
            {
                group.Clear();
                while (group.Count < MaxGroup && _changes.Reader.TryRead(out var change))
                {
                    group.Add(change);
                }

                await CommitAsync(group, stoppingToken);
            }
        }
        finally
        {
            _changes.Writer.TryComplete();
            while (_changes.Reader.TryRead(out var change))
            {
                (change as SessionChange.Open)?.Answer.TrySetCanceled(CancellationToken.None);
            }

            group.OfType<SessionChange.Open>().ToList().ForEach(open => open.Answer.TrySetCanceled(CancellationToken.None));
        }
    }

    private async Task CommitAsync(List<SessionChange> group, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _committer.CommitAsync(group, cancellationToken);
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                if (group.Count > 1)
                {
                    // One of them may be at fault: each for itself.
                    foreach (var change in group)
                    {
                        await CommitAsync([change], cancellationToken);
                    }

                    return;
                }

                LogNotCommitted(_logger, failure, group[0].HostId);
                if (group[0] is SessionChange.Open open)
                {
                    open.Answer.TrySetException(failure);
                    return;
                }

                // A close is tried until it is committed: nothing else would find the host offline.
                await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "A session of host {HostId} could not be committed")]
    private static partial void LogNotCommitted(ILogger logger, Exception failure, Guid hostId);
}

/// <summary>A session that came or went.</summary>
internal abstract record SessionChange(Guid HostId)
{
    public sealed record Open(HelloReport Hello) : SessionChange(Hello.HostId)
    {
        public TaskCompletionSource<SessionOpening?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public sealed record Close(Guid Host, long SessionEpoch, long JournalSequence) : SessionChange(Host);
}
