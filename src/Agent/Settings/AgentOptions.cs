namespace TaskConsole.Agent.Settings;

/// <summary>What the command line asked for, checked.</summary>
internal sealed record AgentOptions
{
    /// <summary>http or https.</summary>
    public required Uri Hub { get; init; }

    /// <summary>SHA-256 of the hub's own certificate; null: the system's trust and the host name.</summary>
    public byte[]? AuthorityFingerprint { get; init; }

    /// <summary>The name that was asked for, in lower case; null: the machine's. Counts until this host has joined.</summary>
    public string? Name { get; init; }

    /// <summary>Labels that the host asks for when it enrols; afterwards the console owns them.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string DataDirectory { get; init; }

    /// <summary>Needed to enrol, not to connect. Never logged.</summary>
    public string? JoinToken { get; init; }

    /// <summary>End when standard input closes: for agents that are children of a console.</summary>
    public bool StopWithStandardInput { get; init; }

    /// <summary>Whether each attempt gets a cgroup of its own where the host has them.</summary>
    public bool UseCgroups { get; init; } = true;

    /// <summary>PATH of the scripts, and where their interpreters are looked up.</summary>
    public required string SearchPath { get; init; }

    /// <summary>Most attempts that run at once here; more are refused.</summary>
    public required int MaximumRunning { get; init; }

    /// <summary>Most bytes that all attempts together may take in the data directory; more are refused.</summary>
    public required long MaximumSpoolBytes { get; init; }
}
