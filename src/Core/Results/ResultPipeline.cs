namespace TaskConsole.Core.Results;

/// <summary>
/// The only way by which an agent's word reaches the store: folds events per attempt, commits them in groups,
/// then tells their origins, then publishes.
/// </summary>
public sealed class ResultPipeline
{
    /// <summary>Hands an event in; waits while the pipeline is full. Events of one attempt must be handed in in order.</summary>
    public ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken) => throw new NotImplementedException();
}
