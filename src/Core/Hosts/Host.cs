using TaskConsole.Core.Acts;

namespace TaskConsole.Core.Hosts;

/// <summary>Whether a host may take part.</summary>
public enum Admission : byte
{
    Pending = 0,
    Approved = 1,
    Rejected = 2,
}

/// <summary>What a list shows of a host, derived from admission, connection and draining.</summary>
public enum HostStatus
{
    Online,
    Offline,
    Pending,
    Rejected,
    Draining,

    /// <summary>Two agents use its key: neither is served until an operator has decided.</summary>
    Duplicate,
}

/// <summary>A managed machine. Row of <c>hosts</c>.</summary>
public sealed class Host
{
    /// <summary>Longest name.</summary>
    public const int MaxNameLength = 253;

    public Guid Id { get; set; }

    /// <summary>Lower case, <c>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?</c>, compared as bytes, unique.</summary>
    public required string Name { get; set; }

    public Admission Admission { get; set; }

    public bool Draining { get; set; }

    /// <summary>Whether an agent holds a session now.</summary>
    public bool Connected { get; set; }

    /// <summary>Counts the sessions; messages of an older one are dropped.</summary>
    public long SessionEpoch { get; set; }

    /// <summary>The highest session epoch that the agent has told to have stored durably; 0 for none of the present key.</summary>
    public long ConfirmedEpoch { get; set; }

    /// <summary>16 bytes that stand for one data directory during one boot, of the last session; null: it told none.</summary>
    public byte[]? PlaceId { get; set; }

    public DateTimeOffset? ConnectedAt { get; set; }

    public DateTimeOffset? DisconnectedAt { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>JSON object of name to text; counted when it enrols, afterwards the console owns them.</summary>
    public required string Labels { get; set; }

    /// <summary>JSON object of name to text, as the agent last told.</summary>
    public required string Facts { get; set; }

    public string? AgentVersion { get; set; }

    public string? Os { get; set; }

    public string? Arch { get; set; }

    public string? Ip { get; set; }

    /// <summary>JSON of <see cref="HostLoad"/>, as of the last heartbeat.</summary>
    public string? Load { get; set; }

    public string? BootId { get; set; }

    /// <summary>Of the last session; empty: none is counted on, because another agent had this one.</summary>
    public byte[]? JournalId { get; set; }

    /// <summary>Highest sequence seen of that journal.</summary>
    public long JournalSequence { get; set; }

    /// <summary>When it was noticed that two agents use the key of this host; null: they do not, or an operator has decided since.</summary>
    public DateTimeOffset? DuplicateSince { get; set; }

    /// <summary>With <see cref="DuplicateSince"/>: address of the agent that was here first.</summary>
    public string? DuplicateAddress { get; set; }

    /// <summary>With <see cref="DuplicateSince"/>: address of the agent that came to it.</summary>
    public string? DuplicateOtherAddress { get; set; }

    /// <summary>
    /// When an operator last decided between two agents, or replaced one by another; null: never. What was dispatched before may have gone to the other
    /// one, so that a word of this one that it was lost or never started says nothing of it.
    /// </summary>
    public DateTimeOffset? DoubtedBefore { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>State of a key.</summary>
public enum HostKeyStatus : byte
{
    Pending = 0,
    Active = 1,
    Revoked = 2,
    Rejected = 3,
}

/// <summary>A public key that asked to be a host. Row of <c>host_keys</c>; a host has at most one active key and <see cref="MaxPending"/> that wait.</summary>
public sealed class HostKey
{
    /// <summary>A key that nobody decided on counts no more after this, so that a name cannot be blocked for ever.</summary>
    public static readonly TimeSpan PendingLifetime = TimeSpan.FromHours(24);

    /// <summary>Keys that wait under one name.</summary>
    public const int MaxPending = 5;

    /// <summary>SHA-256 of the SubjectPublicKeyInfo.</summary>
    public required byte[] Fingerprint { get; set; }

    public Guid HostId { get; set; }

    /// <summary>SubjectPublicKeyInfo, DER, ECDSA P-256.</summary>
    public required byte[] PublicKey { get; set; }

    public HostKeyStatus Status { get; set; }

    public DateTimeOffset RequestedAt { get; set; }

    /// <summary>Address that it asked from.</summary>
    public string? Address { get; set; }

    /// <summary>JSON object of the labels that it asked with.</summary>
    public required string Labels { get; set; }

    /// <summary>When it got its status; null: it waits.</summary>
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>Kind of the actor who decided; null: nobody has.</summary>
    public ActorKind? DecidedByKind { get; set; }

    /// <summary>Id of the actor who decided; null: nobody has.</summary>
    public Guid? DecidedById { get; set; }

    /// <summary>Name of the actor who decided, at that time; null: nobody has.</summary>
    public string? DecidedBy { get; set; }

    /// <summary>Gives it the status that somebody decided on.</summary>
    public void Decide(HostKeyStatus status, Actor actor, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(actor);
        (Status, DecidedAt) = (status, at);
        (DecidedByKind, DecidedById, DecidedBy) = (actor.Kind, actor.Id, actor.Name);
    }

    /// <summary>Whether it waits no longer, because nobody decided on it within <see cref="PendingLifetime"/>.</summary>
    public bool IsExpired(DateTimeOffset now) => Status == HostKeyStatus.Pending && now - RequestedAt >= PendingLifetime;
}

/// <summary>What a heartbeat tells of a host.</summary>
/// <param name="Cpu">0 to 1 of all cores.</param>
/// <param name="Memory">0 to 1.</param>
/// <param name="Load1">Load average over a minute.</param>
/// <param name="DiskFreeBytes">Free bytes where the agent keeps its data.</param>
/// <param name="Running">Attempts that run there.</param>
/// <param name="Lingering">Scripts that have ended and left processes running in the background.</param>
/// <param name="StuckFolders">Folders of ended scripts that cannot be deleted.</param>
/// <param name="StuckBytes">What these folders take on the disk; an estimate.</param>
public sealed record HostLoad(double Cpu, double Memory, double Load1, long DiskFreeBytes, int Running, int Lingering = 0, int StuckFolders = 0, long StuckBytes = 0);
