using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskConsole.Core.Leadership;

/// <summary>Calls every chore at its interval. A failure is told once, and once more when it has ended.</summary>
internal sealed partial class ChoreRunner(IEnumerable<IChore> chores, LeaderLease lease, ChoreMetrics metrics, TimeProvider time, ILogger<ChoreRunner> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(chores.Select(chore => LoopAsync(chore, stoppingToken)));

    private async Task LoopAsync(IChore chore, CancellationToken stoppingToken)
    {
        var isFailing = false;
        while (true)
        {
            await Task.Delay(chore.Interval, time, stoppingToken);
            if (chore.Scope == ChoreScope.Leader && !lease.IsLeader)
            {
                continue;
            }

            var began = time.GetTimestamp();
            isFailing = !await TryAsync(chore, isFailing, stoppingToken);
            metrics.Record(chore.Name, time.GetElapsedTime(began));
        }
    }

    /// <summary>Calls a chore once; false: it fails now.</summary>
    private async Task<bool> TryAsync(IChore chore, bool wasFailing, CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(chore.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        try
        {
            var did = await chore.RunAsync(either.Token);
            if (did > 0)
            {
                metrics.CountDone(chore.Name, did);
                LogDid(logger, chore.Name, did);
            }
        }
        catch (LeadershipLostException)
        {
            // The one that leads now does it.
            return !wasFailing;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            metrics.CountFailure(chore.Name);
            if (!wasFailing)
            {
                LogFailed(logger, failure, chore.Name);
            }

            return false;
        }

        if (wasFailing)
        {
            LogWorksAgain(logger, chore.Name);
        }

        return true;
    }

    [LoggerMessage(1, LogLevel.Debug, "Chore {Chore} did {Count} things")]
    private static partial void LogDid(ILogger logger, string chore, int count);

    [LoggerMessage(2, LogLevel.Error, "Chore {Chore} failed; it is tried again, and told when it works")]
    private static partial void LogFailed(ILogger logger, Exception failure, string chore);

    [LoggerMessage(3, LogLevel.Information, "Chore {Chore} works again")]
    private static partial void LogWorksAgain(ILogger logger, string chore);
}
