using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Writes load and last sight of connected agents to the store once a minute.</summary>
internal sealed partial class PresenceWriter(Store store, HostPresence presence, TimeProvider time, ILogger<PresenceWriter> logger) : BackgroundService
{
    private const int MaxGroup = 1_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, failure);
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var group in presence.All().OrderBy(entry => entry.Key).Chunk(MaxGroup))
        {
            List<HostSight> sights = [.. group.Select(entry => new HostSight(entry.Key, entry.Value.Epoch, entry.Value.LastSeen, Json.Write(entry.Value.Load), entry.Value.JournalSequence, entry.Value.ConfirmedEpoch))];
            await store.WriteAsync((unit, token) => unit.Dialect.WriteSightsAsync(unit.Context, sights, token), cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Last sights of agents could not be written; the next minute tries again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
