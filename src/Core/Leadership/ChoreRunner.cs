using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskConsole.Core.Leadership;

/// <summary>Calls every chore at its interval. A failure is told once, and once more when it has ended.</summary>
internal sealed partial class ChoreRunner(IEnumerable<IChore> chores, LeaderLease lease, ChoreMetrics metrics, TimeProvider time, ILogger<ChoreRunner> logger) : BackgroundService
{
    private const int RestFactor = 20;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(chores.Select(chore => LoopAsync(chore, stoppingToken)));

    private async Task LoopAsync(IChore chore, CancellationToken stoppingToken)
    {
        var (rest, isFailing) = (chore.Interval, false);
        while (true)
        {
            await Task.Delay(rest, time, stoppingToken);
            if (chore.Scope == ChoreScope.Leader && !lease.IsLeader)
            {
                rest = chore.Interval;
                continue;
            }

            var began = time.GetTimestamp();
            isFailing = !await TryAsync(chore, isFailing, stoppingToken);
            var took = time.GetElapsedTime(began);
            metrics.Ran(chore.Name, took);
            rest = RestAfter(chore.Interval, took);
        }
    }

    private static TimeSpan RestAfter(TimeSpan interval, TimeSpan took)
    {
        var wanted = took * RestFactor;
        return wanted <= interval ? interval : wanted < LongestRest ? wanted : interval > LongestRest ? interval : LongestRest;
    }

    private async Task<bool> TryAsync(IChore chore, bool wasFailing, CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(chore.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        try
        {
            var did = await chore.RunAsync(either.Token);
            if (did > 0)
            {
                metrics.Did(chore.Name, did);
                LogDid(logger, chore.Name, did);
            }
        }
        catch (LeadershipLostException)
        {
            // The one that leads now does it.
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            metrics.Failed(chore.Name);
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
