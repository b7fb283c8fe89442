using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// The right to claim, held by one instance at a time. Locked by the transaction that claims and fenced by its epoch,
/// so that a scheduler which lost it cannot claim.
/// </summary>
internal sealed class SchedulerLease(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly Guid _me = Guid.NewGuid();

    /// <summary>Takes or renews the lease within a transaction. Throws <see cref="LeaseLostException"/> while another instance holds it.</summary>
    public async Task HoldAsync(WriteUnit unit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var expires = now + Lifetime;
        var mine = await unit.Context.Leases
            .Where(lease => lease.Name == Lease.Scheduler && lease.Holder == _me)
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.ExpiresAt, expires), cancellationToken);
        if (mine == 1)
        {
            return;
        }

        var taken = await unit.Context.Leases
            .Where(lease => lease.Name == Lease.Scheduler && lease.ExpiresAt < now)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(lease => lease.Holder, _me)
                    .SetProperty(lease => lease.Epoch, lease => lease.Epoch + 1)
                    .SetProperty(lease => lease.ExpiresAt, expires),
                cancellationToken);
        if (taken == 1)
        {
            return;
        }

        if (await unit.Context.Leases.AnyAsync(lease => lease.Name == Lease.Scheduler, cancellationToken))
        {
            throw new LeaseLostException();
        }

        unit.Context.Add(new Lease { Name = Lease.Scheduler, Holder = _me, Epoch = 1, ExpiresAt = expires });
        await unit.Context.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Gives the lease up, so that the next instance need not wait for its end.</summary>
    public Task ReleaseAsync(WriteUnit unit, CancellationToken cancellationToken) =>
        unit.Context.Leases
            .Where(lease => lease.Name == Lease.Scheduler && lease.Holder == _me)
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.ExpiresAt, DateTimeOffset.UnixEpoch), cancellationToken);
}

/// <summary>Another instance schedules.</summary>
internal sealed class LeaseLostException() : Exception("Another instance holds the scheduler's lease.");
