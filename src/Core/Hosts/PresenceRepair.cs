using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// Compares every few seconds what the store says of sessions with those that this process has, and closes what only the
/// store knows: whatever was lost between a session and the store, no host stays online without an agent. Nobody is
/// judged while agents are still coming back to a process that has just begun.
/// </summary>
internal sealed partial class PresenceRepair(Store store, HostSessions sessions, HostPresence presence, TimeProvider time, ILogger<PresenceRepair> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RepairAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, failure.GetBaseException().Message);
            }
        }
    }

    /// <summary>One look.</summary>
    internal async Task RepairAsync(CancellationToken cancellationToken)
    {
        if (!presence.MayJudge(time.GetUtcNow()))
        {
            return;
        }

        List<(Guid Id, long SessionEpoch)> connected;
        var context = store.Read();
        await using (context)
        {
            connected = (await context.Hosts.Where(host => host.Connected).Select(host => new { host.Id, host.SessionEpoch }).ToListAsync(cancellationToken))
                .ConvertAll(host => (host.Id, host.SessionEpoch));
        }

        foreach (var (id, epoch) in connected.Where(host => !presence.IsCurrent(host.Id, host.SessionEpoch)))
        {
            LogUnknown(logger, epoch, id);
            await sessions.CloseUnknownAsync(id, epoch, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store says that session {Epoch} of host {HostId} lives, and it does not: it is closed")]
    private static partial void LogUnknown(ILogger logger, long epoch, Guid hostId);

    [LoggerMessage(LogLevel.Warning, "Sessions could not be compared with the store; the next look tries again: {Why}")]
    private static partial void LogFailed(ILogger logger, string why);
}
