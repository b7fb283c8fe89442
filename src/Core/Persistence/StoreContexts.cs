using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using MySqlConnector;
using TaskConsole.Core.Persistence.MySql;
using TaskConsole.Core.Persistence.Sqlite;

namespace TaskConsole.Core.Persistence;

/// <summary>Contexts for the engine that the settings name, from a pool: to make one costs as much as a small query.</summary>
internal sealed class StoreContexts : IDbContextFactory<TaskConsoleContext>
{
    private const int PoolSize = 64;

    private readonly Func<TaskConsoleContext> _create;

    public StoreContexts(IOptions<DatabaseOptions> options)
    {
        Provider = options.Value.Provider;
        if (Provider == DatabaseProvider.Sqlite)
        {
            var text = new SqliteConnectionStringBuilder(options.Value.ConnectionString) { ForeignKeys = true, DefaultTimeout = 30 };
            File = text.DataSource;
            var sqlite = new DbContextOptionsBuilder<SqliteContext>()
                .UseSqlite(text.ToString())
                .AddInterceptors(new SqliteDurability())
                .Options;
            var pool = new PooledDbContextFactory<SqliteContext>(sqlite, PoolSize);
            _create = pool.CreateDbContext;
            Dialect = new SqliteDialect();
        }
        else
        {
            // Without the first Pomelo's binary(16) silently stores little-endian (docs/decisions/0002); without the second
            // a row that is written as it was counts as missing.
            var text = new MySqlConnectionStringBuilder(options.Value.ConnectionString)
            {
                GuidFormat = MySqlGuidFormat.Binary16,
                UseAffectedRows = false,
                AllowUserVariables = true,
            };
            var connectionString = text.ToString();

            // To ask the server for its version opens a connection: this is done when the store is first needed, and again when it failed.
            var pool = new Lazy<PooledDbContextFactory<MySqlContext>>(
                () => new PooledDbContextFactory<MySqlContext>(
                    new DbContextOptionsBuilder<MySqlContext>().UseMySql(connectionString, ServerVersion.AutoDetect(connectionString)).Options,
                    PoolSize),
                LazyThreadSafetyMode.PublicationOnly);
            _create = () => pool.Value.CreateDbContext();
            Dialect = new MySqlDialect();
        }
    }

    public DatabaseProvider Provider { get; }

    /// <summary>The SQLite file; null on a server.</summary>
    public string? File { get; }

    public IStoreDialect Dialect { get; }

    public TaskConsoleContext CreateDbContext() => _create();

    /// <summary>A committed row survives a power cut; the write-ahead log lets readers go on beside the one writer.</summary>
    private sealed class SqliteDurability : DbConnectionInterceptor
    {
        // Large pages: output is large, and a row that changes is rarely alone (docs/performance.md). The log is moved by
        // WriteAheadLog; 64 MiB of it say that nobody does.
        private const string Pragmas =
            "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";

        /// <summary>What is beneath the connections that have been set: the driver keeps them open and hands them out again.</summary>
        private readonly ConditionalWeakTable<object, object> _set = [];

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            if (connection is SqliteConnection { Handle: { } handle } && !_set.TryGetValue(handle, out _))
            {
                using var command = connection.CreateCommand();
                command.CommandText = Pragmas;
                command.ExecuteNonQuery();
                _set.TryAdd(handle, this);
            }
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            if (connection is SqliteConnection { Handle: { } handle } && !_set.TryGetValue(handle, out _))
            {
                var command = connection.CreateCommand();
                await using (command)
                {
                    command.CommandText = Pragmas;
                    await command.ExecuteNonQueryAsync(cancellationToken);
                    _set.TryAdd(handle, this);
                }
            }
        }
    }
}
