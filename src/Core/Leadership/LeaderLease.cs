using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Leadership;

/// <summary>
/// The right to do what one instance does for the whole system: claim, keep deadlines, tidy up. Held by a row with an epoch,
/// which every transaction of the leader locks and compares: a leader that was frozen and is not one any more is refused.
/// </summary>
internal sealed class LeaderLease(Store store, InstanceIdentity me, TimeProvider time)
{
    /// <summary>A holder whose renewals stand still for so long, by the clock of who watches, is dead.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How often the holder renews, also when it has nothing to do.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _epoch;
    private bool _hasLed;
    private Observation? _observed;

    /// <summary>Whether this instance led when it last looked.</summary>
    public bool IsLeader => Epoch is not null;

    /// <summary>Whether the holder has renewed while this instance watched it: it lives.</summary>
    public bool HasSeenOtherAlive { get; private set; }

    private long? Epoch
    {
        get
        {
            lock (_gate)
            {
                return _epoch;
            }
        }
    }

    /// <summary>
    /// Renews the lease, or takes it where nobody holds it, where the process before this one held it, or where its holder has
    /// stood still for <see cref="Patience"/>. Called by one caller at a time.
    /// </summary>
    /// <returns>Whether this instance leads.</returns>
    public async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        if (Epoch is { } epoch)
        {
            if (await store.WriteAsync((unit, token) => RenewAsync(unit, epoch, token), cancellationToken))
            {
                return true;
            }

            Lose(epoch);
        }

        var lease = await ReadAsync(cancellationToken);
        return MayTake(lease) && await store.WriteAsync((unit, token) => TakeAsync(unit, lease, token), cancellationToken) is { } taken && Win(taken);
    }

    /// <summary>Locks the lease within a transaction. To be the first statement of each transaction that only the leader may commit.</summary>
    /// <exception cref="LeadershipLostException">This instance does not lead (any more).</exception>
    public async Task CheckAsync(WriteUnit unit, CancellationToken cancellationToken)
    {
        if (Epoch is not { } epoch)
        {
            throw new LeadershipLostException();
        }

        if (!await RenewAsync(unit, epoch, cancellationToken))
        {
            Lose(epoch);
            throw new LeadershipLostException();
        }
    }

    /// <summary>Gives the lease up, so that the next instance need not wait.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (Epoch is { } epoch)
        {
            Lose(epoch);
            await store.WriteAsync(
                (unit, token) => Mine(unit, epoch).ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Holder, Guid.Empty), token),
                cancellationToken);
        }
    }

    private async Task<Lease?> ReadAsync(CancellationToken cancellationToken)
    {
        var context = store.Read();
        await using (context)
        {
            return await context.Leases.SingleOrDefaultAsync(lease => lease.Name == Lease.Leader, cancellationToken);
        }
    }

    private bool MayTake(Lease? lease)
    {
        // Once this process has led, its own id in the row is a copy of its data directory.
        if (lease is null || lease.Holder == Guid.Empty || (lease.Holder == me.Id && me.IsSamePlace && !_hasLed))
        {
            return true;
        }

        var now = new Observation(lease.Holder, lease.Epoch, lease.Renewals, time.GetTimestamp());
        if (_observed is { } before && (before.Holder, before.Epoch, before.Renewals) == (now.Holder, now.Epoch, now.Renewals))
        {
            return time.GetElapsedTime(before.At) >= Patience;
        }

        HasSeenOtherAlive |= _observed is { } earlier && (earlier.Holder, earlier.Epoch) == (now.Holder, now.Epoch);
        _observed = now;
        return false;
    }

    /// <summary>The new epoch; null: another instance was faster.</summary>
    private async Task<long?> TakeAsync(WriteUnit unit, Lease? seen, CancellationToken cancellationToken)
    {
        if (seen is null)
        {
            if (await unit.Context.Leases.AnyAsync(lease => lease.Name == Lease.Leader, cancellationToken))
            {
                return null;
            }

            unit.Context.Add(new Lease { Name = Lease.Leader, Holder = me.Id, Epoch = 1 });
            await unit.Context.SaveChangesAsync(cancellationToken);
            return 1;
        }

        var taken = await unit.Context.Leases
            .Where(lease => lease.Name == Lease.Leader && lease.Holder == seen.Holder && lease.Epoch == seen.Epoch && lease.Renewals == seen.Renewals)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(lease => lease.Holder, me.Id)
                    .SetProperty(lease => lease.Epoch, lease => lease.Epoch + 1)
                    .SetProperty(lease => lease.Renewals, lease => lease.Renewals + 1),
                cancellationToken);
        return taken == 1 ? seen.Epoch + 1 : null;
    }

    private async Task<bool> RenewAsync(WriteUnit unit, long epoch, CancellationToken cancellationToken) =>
        await Mine(unit, epoch).ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Renewals, lease => lease.Renewals + 1), cancellationToken) == 1;

    private IQueryable<Lease> Mine(WriteUnit unit, long epoch) =>
        unit.Context.Leases.Where(lease => lease.Name == Lease.Leader && lease.Holder == me.Id && lease.Epoch == epoch);

    private bool Win(long epoch)
    {
        lock (_gate)
        {
            _epoch = epoch;
        }

        (_hasLed, _observed) = (true, null);
        return true;
    }

    private void Lose(long epoch)
    {
        lock (_gate)
        {
            _epoch = _epoch == epoch ? null : _epoch;
        }
    }

    private sealed record Observation(Guid Holder, long Epoch, long Renewals, long At);
}

/// <summary>Another instance leads.</summary>
internal sealed class LeadershipLostException() : Exception("Another console leads: this one may not do this now.");
