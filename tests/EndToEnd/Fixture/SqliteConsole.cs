using Microsoft.Data.Sqlite;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Fixture;

/// <summary>The console as it comes: SQLite in its data directory.</summary>
public sealed class SqliteConsole : RunningConsole
{
    internal override StoreLook Store => new(
        () => new SqliteConnection($"Data Source={Path.Combine(DataDirectory, "taskconsole.db")};Mode=ReadOnly;Pooling=False"),
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'");

    protected override IReadOnlyDictionary<string, string> DatabaseSettings() => new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>Tests that share a console on SQLite.</summary>
[CollectionDefinition(Name)]
public sealed class OnSqlite : ICollectionFixture<SqliteConsole>
{
    public const string Name = "Console on SQLite";
}
