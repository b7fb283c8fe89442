namespace TaskConsole.Core.Results;

/// <summary>One try of one CommandHost: what an agent claims and starts at most once.</summary>
/// <param name="CommandHostId">Which CommandHost.</param>
/// <param name="Attempt">From 1.</param>
public readonly record struct AttemptKey(Guid CommandHostId, int Attempt)
{
    /// <inheritdoc />
    public override string ToString() => $"{CommandHostId}#{Attempt}";
}
