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
            ConnectionString = await CreateAsync();
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Another database without any table; goes with the class.</summary>
    public abstract Task<string> CreateEmptyAsync();

    /// <summary>A database with the schema of the migrations, which are applied once for all classes; goes with the class.</summary>
    protected abstract Task<string> CreateAsync();

    /// <summary>Applies the migrations.</summary>
    private protected Task MigrateAsync(string connectionString) => new StoreMigrator(Contexts(connectionString)).MigrateAsync(CancellationToken.None);

    /// <summary>Removes every row: each test begins with an empty store. Skips the test when there is no such database here.</summary>
    public async Task ResetAsync()
    {
        Assert.SkipWhen(SkipReason is not null, SkipReason ?? "");
        await using var context = Context();
        await context.Database.ExecuteSqlRawAsync(
            "DELETE FROM tasks; DELETE FROM host_keys; DELETE FROM hosts; DELETE FROM idempotency_keys; DELETE FROM installation; DELETE FROM leases; DELETE FROM audit;");
    }

    internal StoreContexts Contexts() => _contexts ??= Contexts(ConnectionString);

    internal StoreContexts Contexts(string connectionString) =>
        new(Options.Create(new DatabaseOptions { Provider = Provider, ConnectionString = connectionString }));

    internal TaskConsoleContext Context() => Contexts().CreateDbContext();
}

/// <summary>SQLite: a file in a folder of its own.</summary>
public class SqliteDatabase : TestDatabase
{
    /// <summary>A file to which the migrations were applied.</summary>
    private static readonly Once<byte[]> Template = new();

    private readonly DirectoryInfo _folder;
    private int _files;

    public SqliteDatabase()
        : this(Path.GetTempPath())
    {
    }

    protected SqliteDatabase(string parent) => _folder = Directory.CreateDirectory(Path.Combine(parent, $"taskconsole-tests-{Guid.NewGuid():n}"));

    internal override DatabaseProvider Provider => DatabaseProvider.Sqlite;

    public override Task<string> CreateEmptyAsync() =>
        Task.FromResult(Address(++_files));

    protected override async Task<string> CreateAsync()
    {
        var template = await Template.GetAsync(MakeTemplateAsync);
        var file = ++_files;
        await File.WriteAllBytesAsync(PathOf(file), template);
        return Address(file);
    }

    public override ValueTask DisposeAsync()
    {
        // Of all pools it would close connections that other classes use.
        foreach (var file in Enumerable.Range(1, _files))
        {
            ClosePool(file);
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> MakeTemplateAsync()
    {
        var file = ++_files;
        await MigrateAsync(Address(file));

        // The last connection that closes moves the log into the file.
        ClosePool(file);
        return await File.ReadAllBytesAsync(PathOf(file));
    }

    private string PathOf(int file) => Path.Combine(_folder.FullName, $"{file}.db");

    private string Address(int file) => new SqliteConnectionStringBuilder { DataSource = PathOf(file) }.ToString();

    private void ClosePool(int file)
    {
        using var context = Contexts(Address(file)).CreateDbContext();
        SqliteConnection.ClearPool((SqliteConnection)context.Database.GetDbConnection());
    }
}

/// <summary>SQLite on a file system in memory where there is one: for tests of a hundred thousand commits that ask nothing of the disk.</summary>
public sealed class FastSqliteDatabase() : SqliteDatabase(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());

/// <summary>MariaDB: databases of their own on the server that <c>TASKCONSOLE_TEST_MYSQL</c> names.</summary>
public sealed class MariaDbDatabase : TestDatabase
{
    private const string Variable = "TASKCONSOLE_TEST_MYSQL";

    /// <summary>Statements that make what the migrations make.</summary>
    private static readonly Once<string> Template = new();

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

    protected override async Task<string> CreateAsync()
    {
        var template = await Template.GetAsync(MakeTemplateAsync);
        var connectionString = await CreateEmptyAsync();
        await ExecuteAsync($"USE `{_databases[^1]}`; {template}");
        return connectionString;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await ExecuteAsync($"DROP DATABASE `{database}`");
        }
    }

    private async Task<string> MakeTemplateAsync()
    {
        var connectionString = await CreateEmptyAsync();
        await MigrateAsync(connectionString);
        await using var connection = new MySqlConnection(connectionString);
        var statements = new List<string> { "SET FOREIGN_KEY_CHECKS = 0" };
        foreach (var table in await RowsAsync(connection, "SHOW TABLES", row => row.GetString(0)))
        {
            statements.AddRange(await RowsAsync(connection, $"SHOW CREATE TABLE `{table}`", row => row.GetString(1)));
        }

        statements.AddRange(await RowsAsync(connection, "SELECT * FROM __EFMigrationsHistory", row => $"INSERT INTO __EFMigrationsHistory VALUES ('{row.GetString(0)}', '{row.GetString(1)}')"));
        return string.Join("; ", statements);
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = new MySqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> RowsAsync(MySqlConnection connection, string query, Func<MySqlDataReader, string> text)
    {
        if (connection.State != System.Data.ConnectionState.Open)
        {
            await connection.OpenAsync();
        }

        await using var command = new MySqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(text(reader));
        }

        return rows;
    }
}

/// <summary>A value that is made by the first who wants it, and again by the next where that failed.</summary>
internal sealed class Once<T>
    where T : class
{
    private readonly Lock _gate = new();
    private Task<T>? _value;

    public Task<T> GetAsync(Func<Task<T>> make)
    {
        lock (_gate)
        {
            return _value is null or { IsFaulted: true } or { IsCanceled: true } ? _value = make() : _value;
        }
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
