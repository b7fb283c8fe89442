namespace TaskConsole.Core.Hosts;

/// <summary>What the hub tells the store about agents: joining, coming, going, heartbeats.</summary>
public sealed class HostSessions
{
    /// <summary>The installation's id, which enrolment and hello sign.</summary>
    public Task<Guid> HubIdAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The join token in force: the setting, or the one made at first start.</summary>
    public Task<string> JoinTokenAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Decides on a key that asks to join. Idempotent for one key.</summary>
    public Task<EnrolmentAnswer> EnrolAsync(EnrolmentRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The key (SubjectPublicKeyInfo) that must have signed a hello of this host; null when the host is unknown, not approved or rejected.</summary>
    public Task<byte[]?> ActiveKeyAsync(Guid hostId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Commits a new session and its reconciliation.</summary>
    public Task<SessionOpening> OpenAsync(HelloReport hello, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A session broke: the host is offline and what it holds is Unreachable, unless a newer session exists.</summary>
    public ValueTask CloseAsync(Guid hostId, long sessionEpoch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes a heartbeat; written with others, some seconds later at most.</summary>
    public void Heartbeat(Guid hostId, long sessionEpoch, HostLoad load) => throw new NotImplementedException();
}
