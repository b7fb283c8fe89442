using System.Net;

namespace TaskConsole.AgentHub.Listening;

/// <summary>Settings <c>AgentHub:*</c>. Read and checked by <see cref="AgentHubSettings"/>.</summary>
public sealed class AgentHubOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "AgentHub";

    /// <summary>Where agents connect.</summary>
    public ListenAddress Listen { get; set; } = new(IPAddress.Loopback, 5081);

    /// <summary>TLS with a certificate of the hub's own authority; may be off on loopback addresses or behind a TLS proxy.</summary>
    public bool Tls { get; set; } = true;

    /// <summary>A proxy in front ends TLS: <see cref="Tls"/> may be off on any address, and the last X-Forwarded-For names the agent.</summary>
    public bool BehindTlsProxy { get; set; }

    /// <summary>Seconds between two heartbeats of an agent; three without a word end its session.</summary>
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>Seconds in which an agent must answer the challenge.</summary>
    public int HelloDeadlineSeconds { get; set; } = 10;

    /// <summary>Sessions at the same time.</summary>
    public int MaxSessions { get; set; } = 20_000;

    /// <summary>Streams at the same time whose hello has not been checked yet: a whole fleet comes at once, and one that is sent away comes again and costs more than one that waits.</summary>
    public int MaxPendingHellos { get; set; } = 20_000;

    /// <summary>TCP connections of agents at the same time.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Streams of one connection: a relay carries many agents over one.</summary>
    public int MaxStreamsPerConnection { get; set; } = 1_000;

    /// <summary>Executes that wait for one agent to read; beyond it none is delivered to it.</summary>
    public int SendQueueExecutes { get; set; } = 256;

    /// <summary>Bytes of executes that wait for all agents together; beyond it none is delivered until agents have read.</summary>
    public int SendQueueBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Requests to join that are looked at, of all addresses.</summary>
    public int EnrolmentsPerMinute { get; set; } = 6_000;

    /// <summary>Requests to join that are looked at, of one address (IPv6: of one /64).</summary>
    public int EnrolmentsPerMinutePerAddress { get; set; } = 600;

    internal TimeSpan Heartbeat => TimeSpan.FromSeconds(HeartbeatSeconds);

    internal TimeSpan HelloDeadline => TimeSpan.FromSeconds(HelloDeadlineSeconds);

    /// <summary>How long a session lives without a word.</summary>
    internal TimeSpan LongestSilence => 3 * Heartbeat;
}
