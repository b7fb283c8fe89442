using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MySqlConnector;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>A real database that belongs to one test class, with the schema of the migrations.</summary>
public abstract class TestDatabase : IAsyncLifetime
{
    private StoreContexts? _contexts;

    /// <summary>Why the tests of the class cannot run here; null: they can.</summary>
    public virtual string? SkipReason => null;

    public string ConnectionString { get; private set; } = "";

    internal abstract DatabaseProvider Provider { get; }

    public async ValueTask InitializeAsync()
    {
        if (SkipReason is null)
        {
            ConnectionString = await CreateEmptyAsync();
            await new StoreMigrator(Contexts()).MigrateAsync(TestContext.Current.CancellationToken);
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Another database without any table; goes with the class.</summary>
    public abstract Task<string> CreateEmptyAsync();

    /// <summary>Removes every row: each test begins with an empty store. Skips the test when there is no such database here.</summary>
    public async Task ResetAsync()
    {
        Assert.SkipWhen(SkipReason is not null, SkipReason ?? "");
        await using var context = Context();
        await context.Database.ExecuteSqlRawAsync(
            "DELETE FROM tasks; DELETE FROM host_keys; DELETE FROM hosts; DELETE FROM idempotency_keys; DELETE FROM installation; DELETE FROM leases;");
    }

    internal StoreContexts Contexts() => _contexts ??= Contexts(ConnectionString);

    internal StoreContexts Contexts(string connectionString) =>
        new(Options.Create(new DatabaseOptions { Provider = Provider, ConnectionString = connectionString }));

    internal TaskConsoleContext Context() => Contexts().CreateDbContext();
}

/// <summary>SQLite: a file in a folder of its own.</summary>
public class SqliteDatabase : TestDatabase
{
    private readonly DirectoryInfo _folder;
    private int _files;

    public SqliteDatabase()
        : this(Path.GetTempPath())
    {
    }

    protected SqliteDatabase(string parent) => _folder = Directory.CreateDirectory(Path.Combine(parent, $"taskconsole-tests-{Guid.NewGuid():n}"));

    internal override DatabaseProvider Provider => DatabaseProvider.Sqlite;

    public override Task<string> CreateEmptyAsync() =>
        Task.FromResult(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_folder.FullName, $"{++_files}.db") }.ToString());

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>SQLite on a file system in memory where there is one: for tests of a hundred thousand commits that ask nothing of the disk.</summary>
public sealed class FastSqliteDatabase() : SqliteDatabase(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());

/// <summary>MariaDB: databases of their own on the server that <c>TASKCONSOLE_TEST_MYSQL</c> names.</summary>
public sealed class MariaDbDatabase : TestDatabase
{
    private const string Variable = "TASKCONSOLE_TEST_MYSQL";

    private readonly string? _server = Environment.GetEnvironmentVariable(Variable);
    private readonly List<string> _databases = [];

    public override string? SkipReason => string.IsNullOrEmpty(_server)
        ? $"{Variable} does not name a MariaDB server (a connection string of a user who may make databases)."
        : null;

    internal override DatabaseProvider Provider => DatabaseProvider.MySql;

    public override async Task<string> CreateEmptyAsync()
    {
        var name = $"taskconsole_{Guid.NewGuid():n}";

        // A server whose default is not what the model needs: the migrations have to say it themselves.
        await ExecuteAsync($"CREATE DATABASE `{name}` CHARACTER SET latin1");
        _databases.Add(name);
        return new MySqlConnectionStringBuilder(_server!) { Database = name }.ToString();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await ExecuteAsync($"DROP DATABASE `{database}`");
        }
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = new MySqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>What every class of tests on a real database does before each test.</summary>
public abstract class DatabaseTests(TestDatabase database) : IAsyncLifetime
{
    protected TestDatabase Database { get; } = database;

    protected CancellationToken Cancel { get; } = TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync() => await Database.ResetAsync();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
