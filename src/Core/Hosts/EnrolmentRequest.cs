namespace TaskConsole.Core.Hosts;

/// <summary>An agent asks to join; its signature was checked by the hub.</summary>
public sealed record EnrolmentRequest
{
    public required string Name { get; init; }

    /// <summary>SubjectPublicKeyInfo, DER, ECDSA P-256.</summary>
    public required byte[] PublicKey { get; init; }

    public required string JoinToken { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required HostFactsReport Facts { get; init; }

    public string? Address { get; init; }
}

/// <summary>Facts as an agent tells them.</summary>
public sealed record HostFactsReport(
    string Os,
    string OsVersion,
    string Kernel,
    string Arch,
    int CpuCount,
    long MemoryBytes,
    string AgentVersion,
    IReadOnlyDictionary<string, string> More);

/// <summary>What becomes of a key.</summary>
public enum EnrolmentDecision
{
    Pending,
    Approved,
    Rejected,

    /// <summary>The join token is wrong.</summary>
    WrongToken,

    /// <summary>Name, key or labels are not allowed.</summary>
    Invalid,
}

/// <summary>Answer to an <see cref="EnrolmentRequest"/>.</summary>
/// <param name="HostId">With Approved.</param>
/// <param name="Message">For the agent's log.</param>
public sealed record EnrolmentAnswer(EnrolmentDecision Decision, Guid? HostId, string Message);
