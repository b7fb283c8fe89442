namespace TaskConsole.Swarm.Host;

/// <summary>What the measure of the host side does.</summary>
/// <param name="Agents">Native files of the agent, measured in turn.</param>
/// <param name="Rounds">How often each is measured.</param>
/// <param name="Executions">Executions of a round.</param>
/// <param name="Hosts">Agents that run a command at once; 0: not measured.</param>
/// <param name="Json">File for the report; null: none.</param>
internal sealed record HostRunOptions(IReadOnlyList<string> Agents, int Rounds, int Executions, int Hosts, string? Json);
