namespace TaskConsole.Swarm.Measures;

/// <summary>What a run measures.</summary>
internal sealed record SwarmRunOptions(int Agents, string Store, bool Tls, int Addresses, int StreamsPerConnection, TimeSpan Idle, string? Json);
