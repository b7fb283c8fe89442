using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Events;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Drops keys that nobody decided on within <see cref="HostKey.PendingLifetime"/>, and hosts that were never more than such a key.</summary>
internal sealed partial class PendingKeyExpiry(Store store, LeaderLease lease, TimeProvider time, ILogger<PendingKeyExpiry> logger) : IChore
{
    private const int MaxAtOnce = 500;

    public string Name => "pending-key-expiry";

    public TimeSpan Interval => TimeSpan.FromMinutes(10);

    public ChoreScope Scope => ChoreScope.Leader;

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var dropped = 0;
        int part;
        do
        {
            part = await store.WriteAsync(DropAsync, cancellationToken);
            dropped += part;
        }
        while (part == MaxAtOnce);
        return dropped;
    }

    private async Task<int> DropAsync(WriteUnit unit, CancellationToken cancellationToken)
    {
        await lease.CheckAsync(unit, cancellationToken);
        var latest = time.GetUtcNow() - HostKey.PendingLifetime;
        var ids = await unit.Context.HostKeys
            .Where(key => key.Status == HostKeyStatus.Pending && key.RequestedAt <= latest)
            .OrderBy(key => key.RequestedAt)
            .Select(key => key.HostId)
            .Take(MaxAtOnce)
            .ToListAsync(cancellationToken);
        if (ids.Count == 0)
        {
            return 0;
        }

        // Nobody may approve or replace one of them meanwhile.
        var hosts = await unit.Dialect.LockHosts(unit.Context, ids).ToListAsync(cancellationToken);
        var keys = await unit.Context.HostKeys.Where(key => ids.Contains(key.HostId)).ToListAsync(cancellationToken);
        var expired = keys.Where(key => key.Status == HostKeyStatus.Pending && key.RequestedAt <= latest).ToList();
        unit.Context.RemoveRange(expired);
        unit.Context.RemoveRange(hosts.Where(host => host.Admission == Admission.Pending && keys.Except(expired).All(key => key.HostId != host.Id)));
        await unit.Context.SaveChangesAsync(cancellationToken);
        unit.AfterCommit(bus => bus.Publish(new FleetChange([.. ids], Everything: false)));
        unit.AfterCommit(_ => LogDropped(logger, expired.Count));
        return ids.Count;
    }

    [LoggerMessage(LogLevel.Information, "Dropped {Keys} keys that asked to join and that nobody decided on within a day")]
    private static partial void LogDropped(ILogger logger, int keys);
}
