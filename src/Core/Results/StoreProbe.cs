using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// Asks the store to take a trivial write: one row that is committed, and nothing into each table that results go to.
/// What the store takes while an event fails says that the event is at fault.
/// </summary>
internal sealed class StoreProbe(Store store)
{
    private const string Row = "results probe";

    private static readonly string[] Tables = ["tasks", "command_hosts", "command_host_events", "command_results", "output_frames", "outputs"];

    /// <summary>Null, or why the store did not take it.</summary>
    public async Task<Exception?> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(WriteAsync, cancellationToken);
            return null;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return failure;
        }
    }

    private async Task WriteAsync(WriteUnit unit, CancellationToken cancellationToken)
    {
        foreach (var table in Tables)
        {
#pragma warning disable EF1002 // Names are constants.
            await unit.Context.Database.ExecuteSqlRawAsync($"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0", cancellationToken);
#pragma warning restore EF1002
        }

        var written = await unit.Context.Leases.Where(lease => lease.Name == Row)
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Renewals, lease => lease.Renewals + 1), cancellationToken);
        if (written == 0)
        {
            unit.Context.Add(new Lease { Name = Row });
            await unit.Context.SaveChangesAsync(cancellationToken);
        }
    }
}
