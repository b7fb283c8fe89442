using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Drops tombstones past their lifetime, at start and once an hour; writes those that found no room as soon as
/// there is some, and lets the folders go that waited for them.
/// </summary>
internal sealed partial class TombstoneKeeper(
    AgentJournal journal, AttemptRegistry attempts, TimeProvider time, ILogger<TombstoneKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RetryInterval, time);
        long? purgedAt = null;
        do
        {
            if (journal.TryWriteMissing())
                attempts.DropReleased();
            if (purgedAt is { } since && time.GetElapsedTime(since) < PurgeInterval)
                continue;
            Purge();
            purgedAt = time.GetTimestamp();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Purge()
    {
        try
        {
            journal.Tombstones.Purge();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogFailed(failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old tombstones could not be dropped: {Why}")]
    private partial void LogFailed(string why);
}
