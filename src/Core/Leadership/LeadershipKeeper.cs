using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskConsole.Core.Leadership;

/// <summary>
/// Takes the lease before anything else of Core starts, renews it, and gives it up when all else has stopped. A second console
/// on the same database is refused as long as the first one lives; a first one that was frozen for so long that another took
/// over stops: each would take the agents of the other for absent.
/// </summary>
internal sealed partial class LeadershipKeeper(LeaderLease lease, TimeProvider time, ILogger<LeadershipKeeper> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <exception cref="DatabaseInUseException">Another console uses the database.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var waits = false;
        while (!await lease.TryAsync(cancellationToken))
        {
            if (lease.HasSeenOtherAlive)
            {
                throw new DatabaseInUseException();
            }

            if (!waits)
            {
                LogWaits(logger, LeaderLease.Patience.TotalSeconds);
                waits = true;
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await lease.ReleaseAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            // A stop ends in time whatever the store does; the lease then ends by itself.
            LogNotReleased(logger, failure.GetBaseException().Message);
        }
    }

    /// <exception cref="DatabaseInUseException">Another console has taken over, so the host of this service stops.</exception>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        using var timer = new PeriodicTimer(LeaderLease.RenewEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!await lease.TryAsync(stoppingToken))
                {
                    LogTakenOver(logger);
                    throw new DatabaseInUseException();
                }

                failing = false;
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or DatabaseInUseException))
            {
                if (!failing)
                {
                    LogNotRenewed(logger, failure.GetBaseException().Message);
                }

                failing = true;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Another console held this database when it was last seen; waiting up to {Seconds} s to see whether it lives")]
    private static partial void LogWaits(ILogger logger, double seconds);

    [LoggerMessage(2, LogLevel.Critical, "Another console has taken over this database while this one stood still; this one stops")]
    private static partial void LogTakenOver(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "The lease of the leader cannot be renewed; tried again every second: {Why}")]
    private static partial void LogNotRenewed(ILogger logger, string why);

    [LoggerMessage(4, LogLevel.Information, "The lease of the leader could not be given up and ends by itself: {Why}")]
    private static partial void LogNotReleased(ILogger logger, string why);
}

/// <summary>A console that lives uses the same database.</summary>
public sealed class DatabaseInUseException() : Exception("Another console uses this database.");
