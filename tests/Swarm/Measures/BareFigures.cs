namespace TaskConsole.Swarm.Measures;

/// <summary>The bare hub's figures of a run.</summary>
/// <param name="ConnectSeconds">Until all agents were connected.</param>
/// <param name="MemoryBytes">Resident memory of each agent.</param>
/// <param name="RoundSeconds">Median of the rounds in which all agents were sent one execution and had answered.</param>
/// <param name="RoundTripP99Milliseconds">Of one execution on one agent.</param>
/// <param name="IdleShare">Of a core, in percent; 0 when it was not measured.</param>
internal sealed record BareFigures(double ConnectSeconds, double MemoryBytes, double RoundSeconds, double RoundTripP99Milliseconds, double IdleShare);
