namespace TaskConsole.Swarm.Measures;

/// <summary>What a run measures.</summary>
internal sealed record SwarmRunOptions(int Agents, string Store, bool Tls, int Addresses, int StreamsPerConnection, TimeSpan Idle, string? Json, IReadOnlyCollection<string> Measures)
{
    /// <summary>What can be measured beside connecting and memory.</summary>
    public static readonly string[] AllMeasures = ["tasks", "commands", "behaviours", "latency", "idle", "output", "return"];

    public bool Measure(string what) => Measures.Count == 0 || Measures.Contains(what);
}
