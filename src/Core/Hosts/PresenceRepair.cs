using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// Compares every few seconds what the store says of sessions with those that this process has, and closes what only the
/// store knows: whatever was lost between a session and the store, no host stays online without an agent. Nobody is
/// judged while agents are still coming back to a process that has just begun.
/// </summary>
internal sealed partial class PresenceRepair(Store store, HostSessions sessions, HostPresence presence, TimeProvider time, ILogger<PresenceRepair> logger) : IChore
{
    public string Name => "presence-repair";

    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public ChoreScope Scope => ChoreScope.Instance;

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (!presence.MayJudge(time.GetUtcNow()))
        {
            return 0;
        }

        List<(Guid Id, long SessionEpoch)> connected;
        var context = store.Read();
        await using (context)
        {
            connected = (await context.Hosts.Where(host => host.Connected).Select(host => new { host.Id, host.SessionEpoch }).ToListAsync(cancellationToken))
                .ConvertAll(host => (host.Id, host.SessionEpoch));
        }

        var unknown = connected.Where(host => !presence.IsCurrent(host.Id, host.SessionEpoch)).ToList();
        foreach (var (id, epoch) in unknown)
        {
            LogUnknown(logger, epoch, id);
            await sessions.CloseUnknownAsync(id, epoch, cancellationToken);
        }

        return unknown.Count;
    }

    [LoggerMessage(LogLevel.Warning, "The store says that session {Epoch} of host {HostId} lives, and it does not: it is closed")]
    private static partial void LogUnknown(ILogger logger, long epoch, Guid hostId);
}
