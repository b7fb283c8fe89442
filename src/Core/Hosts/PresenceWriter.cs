using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Writes load and last sight of connected agents to the store once a minute.</summary>
internal sealed partial class PresenceWriter(Store store, HostPresence presence, TimeProvider time, ILogger<PresenceWriter> logger) : BackgroundService
{
    private const int MaxGroup = 500;
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
        foreach (var group in presence.All().Chunk(MaxGroup))
        {
            await store.WriteAsync(
                async (unit, token) =>
                {
                    var hosts = await unit.Dialect.LockHosts(unit.Context, [.. group.Select(entry => entry.Key)]).ToDictionaryAsync(host => host.Id, token);
                    foreach (var (hostId, seen) in group)
                    {
                        if (hosts.GetValueOrDefault(hostId) is { } host && host.SessionEpoch == seen.Epoch)
                        {
                            host.LastSeenAt = seen.LastSeen;
                            host.Load = Json.Write(seen.Load);
                            host.JournalSequence = Math.Max(host.JournalSequence, seen.JournalSequence);
                        }
                    }

                    await unit.Context.SaveChangesAsync(token);
                },
                cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Last sights of agents could not be written; the next minute tries again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
