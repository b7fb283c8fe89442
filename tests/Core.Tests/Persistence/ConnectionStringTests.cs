using Microsoft.EntityFrameworkCore;
using MySqlConnector;
using TaskConsole.Core.Leadership;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>What an operator's connection string cannot change.</summary>
public sealed class ConnectionStringTests(MariaDbDatabase database) : DatabaseTests(database), IClassFixture<MariaDbDatabase>
{
    [Fact]
    public async Task A_row_that_is_written_as_it_was_counts_whatever_the_connection_string_says()
    {
        var text = new MySqlConnectionStringBuilder(Database.ConnectionString) { UseAffectedRows = true }.ToString();
        await using var context = Database.Contexts(text).CreateDbContext();
        context.Add(new Lease { Name = "one", Epoch = 3 });
        await context.SaveChangesAsync(Cancel);
        Assert.Equal(1, await context.Leases.Where(lease => lease.Name == "one").ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Epoch, 3L), Cancel));
    }
}
