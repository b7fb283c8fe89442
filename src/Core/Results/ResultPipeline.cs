using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// The only way by which an agent's word reaches the store: folds events per attempt, commits them in groups,
/// then tells their origins, then publishes.
/// </summary>
/// <remarks>
/// Events gather while a group is being committed, so the group grows with the load and the cost of each event falls.
/// When the store is slow or gone nothing is acknowledged, the channel fills, sessions wait, and agents keep what they have.
/// </remarks>
public sealed partial class ResultPipeline : BackgroundService
{
    /// <summary>Events that wait at most; a frame is at most 64 KiB, so this bounds memory too.</summary>
    private const int Capacity = 2_048;

    private const int MaxGroup = 1_000;

    private readonly Channel<AttemptEvent> _events = Channel.CreateBounded<AttemptEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly ResultCommitter _committer;
    private readonly TimeProvider _time;
    private readonly ILogger<ResultPipeline> _logger;

    internal ResultPipeline(ResultCommitter committer, TimeProvider time, ILogger<ResultPipeline> logger)
    {
        _committer = committer;
        _time = time;
        _logger = logger;
    }

    /// <summary>Hands an event in; waits while the pipeline is full. Events of one attempt must be handed in in order.</summary>
    public ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken) =>
        _events.Writer.WriteAsync(attemptEvent, cancellationToken);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<AttemptEvent>(MaxGroup);
        while (await _events.Reader.WaitToReadAsync(stoppingToken))
        {
            group.Clear();
            while (group.Count < MaxGroup && _events.Reader.TryRead(out var attemptEvent))
            {
                group.Add(attemptEvent);
            }

            await CommitAsync(group, stoppingToken);
        }
    }

    private async Task CommitAsync(List<AttemptEvent> group, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await _committer.CommitAsync(group, cancellationToken);
                return;
            }
            catch (Exception failure) when (StoreFailure.IsUnavailable(failure))
            {
                LogStoreUnavailable(_logger, failure.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2_000, 50 << Math.Min(tries, 6))), _time, cancellationToken);
            }
            catch (Exception poisoned) when (poisoned is not OperationCanceledException)
            {
                if (group.Count == 1)
                {
                    LogPoisoned(_logger, poisoned, group[0].Key.CommandHostId, group[0].Key.Attempt, group[0].GetType().Name);
                    return;
                }

                // One event is at fault: halve until it stands alone, and let the others through.
                await CommitAsync([.. group.Take(group.Count / 2)], cancellationToken);
                await CommitAsync([.. group.Skip(group.Count / 2)], cancellationToken);
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store cannot be written, results wait: {Why}")]
    private static partial void LogStoreUnavailable(ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "An event of attempt {CommandHostId}#{Attempt} ({Kind}) cannot be committed and is set aside; the agent keeps it")]
    private static partial void LogPoisoned(ILogger logger, Exception failure, Guid commandHostId, int attempt, string kind);
}
