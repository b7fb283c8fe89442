using MySqlConnector;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Fixture;

/// <summary>The console on a MySQL-protocol database of its own.</summary>
public sealed class MariaDbConsole : RunningConsole
{
    private const string Variable = "TASKCONSOLE_TEST_MYSQL";

    private readonly string? _server = Environment.GetEnvironmentVariable(Variable);
    private readonly string _database = $"e2e_{Guid.NewGuid():N}";

    public override string? SkipReason => _server is null ? $"{Variable} names no server; ./test starts one." : null;

    internal override StoreLook Store => new(() => new MySqlConnection(ConnectionString), $"SELECT table_name FROM information_schema.tables WHERE table_schema = '{_database}'");

    private string ConnectionString => new MySqlConnectionStringBuilder(_server!) { Database = _database }.ConnectionString;

    public override async ValueTask InitializeAsync()
    {
        if (SkipReason is null)
        {
            await ExecuteAsync($"CREATE DATABASE {_database} CHARACTER SET utf8mb4");
        }

        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (SkipReason is null)
        {
            await ExecuteAsync($"DROP DATABASE {_database}");
        }
    }

    protected override IReadOnlyDictionary<string, string> DatabaseSettings() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Database__Provider"] = "MySql",
        ["ConnectionStrings__Database"] = ConnectionString,
    };

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new MySqlConnection(_server);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The database's own name.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Tests that share a console on MariaDB.</summary>
[CollectionDefinition(Name)]
public sealed class OnMariaDb : ICollectionFixture<MariaDbConsole>
{
    public const string Name = "Console on MariaDB";
}
