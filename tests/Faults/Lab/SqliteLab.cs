using Microsoft.Data.Sqlite;

namespace TaskConsole.Faults.Lab;

/// <summary>On SQLite in the console's data directory.</summary>
public sealed class SqliteLab : FaultLab
{
    public override string StoreName => "SQLite";

    /// <summary>Somebody else writes, and does not end for a time.</summary>
    internal async Task WithoutStoreAsync(TimeSpan time, Action? meanwhile = null)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(ConsoleData, "taskconsole.db")};Pooling=False");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();
        meanwhile?.Invoke();
        await Task.Delay(time);
        await transaction.RollbackAsync();
    }

    protected override IReadOnlyDictionary<string, string> DatabaseSettings() => new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>Scenarios that share a console on SQLite.</summary>
[CollectionDefinition(Name)]
public sealed class OnSqlite : ICollectionFixture<SqliteLab>
{
    public const string Name = "Lab on SQLite";
}

/// <summary>A console of its own for random faults, which go on for a set time beside the other scenarios.</summary>
[CollectionDefinition(Name)]
public sealed class RandomOnSqlite : ICollectionFixture<SqliteLab>
{
    public const string Name = "Random faults on SQLite";
}
