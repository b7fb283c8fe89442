namespace TaskConsole.Core.Hosts;

/// <summary>A host as REST and the Hosts page show it.</summary>
public sealed record HostView
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required HostStatus Status { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string> Facts { get; init; }

    public string? AgentVersion { get; init; }

    public string? Os { get; init; }

    public string? Arch { get; init; }

    public string? Ip { get; init; }

    public HostLoad? Load { get; init; }

    /// <summary>CommandHosts that an agent may hold there now.</summary>
    public int RunningCount { get; init; }

    public DateTimeOffset? ConnectedAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>SHA-256 of the public key in force, lower-case hex; null: none is.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Keys that wait for approval, first ones or replacements, in the order in which they asked. At most 5.</summary>
    public required IReadOnlyList<PendingKeyView> PendingKeys { get; init; }

    /// <summary>With status Duplicate: the two agents that use the key of this host; null otherwise.</summary>
    public DuplicateView? Duplicate { get; init; }
}

/// <summary>Two agents that use one key. Neither is served until an operator approves the key of the one that stays.</summary>
/// <param name="Since">When it was noticed.</param>
/// <param name="Addresses">Of the agent that was here first, and of the one that came to it; two that are the same when both come through one proxy or from one machine.</param>
public sealed record DuplicateView(DateTimeOffset Since, IReadOnlyList<string> Addresses);

/// <summary>A key that waits for approval.</summary>
/// <param name="Fingerprint">SHA-256 of the public key, lower-case hex.</param>
/// <param name="Address">Address that it asked from.</param>
/// <param name="RequestedAt">When it asked first.</param>
/// <param name="Labels">The labels that it asked with.</param>
/// <param name="IsReplacement">Whether it would replace a key that is in force.</param>
public sealed record PendingKeyView(
    string Fingerprint,
    string? Address,
    DateTimeOffset RequestedAt,
    IReadOnlyDictionary<string, string> Labels,
    bool IsReplacement);

/// <summary>Which hosts a list shows; null: no filter.</summary>
public sealed record HostFilter
{
    public string? Selector { get; init; }

    /// <summary>Part of the name.</summary>
    public string? Search { get; init; }

    public HostStatus? Status { get; init; }

    /// <summary>Only those with a key that waits for approval: the first one, or a replacement.</summary>
    public bool Asking { get; init; }
}

/// <summary>What a selector hits now.</summary>
/// <param name="Count">Approved hosts that are not draining.</param>
/// <param name="Names">The first 50 by name.</param>
public sealed record HostPreview(int Count, int Online, int Offline, IReadOnlyList<string> Names);

/// <summary>Counts over the fleet, for the head of every page.</summary>
public sealed record FleetCounts(int Total, int Online, int Offline, int Pending, int Rejected, int Draining, int Duplicate);
