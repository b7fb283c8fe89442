namespace TaskConsole.Core.Outputs;

/// <summary>What is kept of each stream of an attempt, on the host and in the store; what is between is counted and left out.</summary>
/// <param name="HeadBytes">Bytes from its beginning.</param>
/// <param name="TailBytes">Bytes from its end.</param>
public readonly record struct OutputLimits(long HeadBytes, long TailBytes);
