using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Persistence.MySql;
using TaskConsole.Core.Persistence.Sqlite;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>The real schema, as the engine tells it, against the model.</summary>
public abstract class SchemaTests(TestDatabase database) : DatabaseTests(database)
{
    [Fact]
    public async Task Tables_columns_keys_and_indexes_are_those_of_the_model()
    {
        await using var context = Database.Context();
        var model = DescribeModel(context);
        var real = await DescribeRealAsync(context);
        Assert.Equal(model.Order(StringComparer.Ordinal), real.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_migration_is_missing_and_none_is_left()
    {
        await using var context = Database.Context();
        Assert.False(context.Database.HasPendingModelChanges());
        Assert.Empty(await context.Database.GetPendingMigrationsAsync(Cancel));
        Assert.NotEmpty(await context.Database.GetAppliedMigrationsAsync(Cancel));
    }

    [Fact]
    public async Task Instances_that_start_at_once_all_find_a_whole_schema()
    {
        var connectionString = await Database.CreateEmptyAsync();
        var starts = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                var contexts = Database.Contexts(connectionString);
                await new StoreMigrator(contexts).MigrateAsync(Cancel);
                await using var context = contexts.CreateDbContext();
                Assert.Equal(0, await context.Tasks.CountAsync(Cancel));
            },
            Cancel));
        await Task.WhenAll(starts);

        await using var after = Database.Contexts(connectionString).CreateDbContext();
        Assert.Equal(after.Database.GetMigrations(), await after.Database.GetAppliedMigrationsAsync(Cancel));
        Assert.Equal((await DescribeRealAsync(Database.Context())).Order(StringComparer.Ordinal), (await DescribeRealAsync(after)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Text_keeps_every_character_and_names_that_differ_in_case_or_accent_differ()
    {
        await using (var context = Database.Context())
        {
            context.Hosts.AddRange(Host("web"), Host("WEB"), Host("wéb"), Host("主机-😀"));
            await context.SaveChangesAsync(Cancel);
        }

        await using var later = Database.Context();
        Assert.Equal(1, await later.Hosts.CountAsync(host => host.Name == "web", Cancel));
        var names = await later.Hosts.Select(host => host.Name).ToListAsync(Cancel);
        Assert.Equal(["WEB", "web", "wéb", "主机-😀"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Ids_are_stored_big_endian_and_sort_as_they_were_made()
    {
        var ids = IdBlock.Create(TimeProvider.System);
        var places = new long[] { 0, 1, 255, 256, 65_535, 65_536, 16_777_216, 4_000_000_000 };
        await using (var context = Database.Context())
        {
            context.Hosts.AddRange(places.Reverse().Select(place => Host($"h{place}", ids[place])));
            await context.SaveChangesAsync(Cancel);
        }

        await using var later = Database.Context();
        Assert.Equal(places.Select(place => $"h{place}"), await later.Hosts.OrderBy(host => host.Id).Select(host => host.Name).ToListAsync(Cancel));
        var hex = await later.Database.SqlQueryRaw<string>("SELECT hex(id) AS Value FROM hosts WHERE name = 'h256'").SingleAsync(Cancel);
        Assert.Equal(ids[256].ToString("N"), hex, ignoreCase: true);
    }

    private static Host Host(string name, Guid? id = null) => new() { Id = id ?? Guid.CreateVersion7(), Name = name, Labels = "{}", Facts = "{}" };

    /// <summary>Lines such as <c>tasks.name varchar(200) not null</c>, made from the model.</summary>
    private static IEnumerable<string> DescribeModel(TaskConsoleContext context)
    {
        var model = context.GetService<IDesignTimeModel>().Model.GetRelationalModel();
        foreach (var table in model.Tables)
        {
            foreach (var column in table.Columns)
            {
                yield return SchemaReader.Column(table.Name, column.Name, column.StoreType, column.IsNullable);
            }

            yield return SchemaReader.PrimaryKey(table.Name, table.PrimaryKey!.Columns.Select(column => column.Name));
            foreach (var index in table.Indexes)
            {
                yield return SchemaReader.Index(table.Name, index.Name, index.IsUnique, index.Columns.Select(column => column.Name));
            }

            foreach (var key in table.ForeignKeyConstraints)
            {
                yield return SchemaReader.ForeignKey(table.Name, key.Columns.Select(column => column.Name), key.PrincipalTable.Name, key.OnDeleteAction == ReferentialAction.Cascade);
            }
        }
    }

    private static Task<List<string>> DescribeRealAsync(TaskConsoleContext context) => context switch
    {
        SqliteContext => SchemaReader.OfSqliteAsync(context),
        MySqlContext => SchemaReader.OfMySqlAsync(context),
        _ => throw new InvalidOperationException("An engine without a reader of its schema."),
    };
}

public sealed class SqliteSchemaTests(SqliteDatabase database) : SchemaTests(database), IClassFixture<SqliteDatabase>
{
    [Fact]
    public async Task A_start_that_was_killed_while_it_migrated_does_not_block_the_next()
    {
        var connectionString = await Database.CreateEmptyAsync();
        await using (var context = Database.Contexts(connectionString).CreateDbContext())
        {
            // What EF leaves behind: its lock is a row, and a killed process removes none.
            await context.Database.ExecuteSqlRawAsync(
                """CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');""",
                Cancel);
        }

        await new StoreMigrator(Database.Contexts(connectionString)).MigrateAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task A_commit_survives_a_power_cut_and_readers_go_on_beside_the_writer()
    {
        await using var context = Database.Context();
        await context.Database.OpenConnectionAsync(Cancel);
        Assert.Equal("wal", await PragmaAsync(context, "journal_mode"));
        Assert.Equal("2", await PragmaAsync(context, "synchronous"));
        Assert.Equal("1", await PragmaAsync(context, "foreign_keys"));
    }

    [Fact]
    public void The_models_of_both_engines_have_no_change_without_a_migration()
    {
        using var sqlite = new SqliteDesignTimeFactory().CreateDbContext([]);
        using var mysql = new MySqlDesignTimeFactory().CreateDbContext([]);
        Assert.False(sqlite.Database.HasPendingModelChanges());
        Assert.False(mysql.Database.HasPendingModelChanges());
    }

    [Fact]
    public void The_models_of_both_engines_have_the_same_tables_columns_and_indexes()
    {
        using var sqlite = new SqliteDesignTimeFactory().CreateDbContext([]);
        using var mysql = new MySqlDesignTimeFactory().CreateDbContext([]);
        Assert.Equal(Shape(sqlite), Shape(mysql));
    }

    private static string Shape(DbContext context) => string.Join(
        '\n',
        context.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables.OrderBy(table => table.Name, StringComparer.Ordinal).Select(table =>
            $"{table.Name}({string.Join(' ', table.Columns.Select(column => column.Name + (column.IsNullable ? "?" : "")).Order(StringComparer.Ordinal))}) {string.Join(' ', table.Indexes.Select(index => index.Name).Order(StringComparer.Ordinal))}"));

    private static async Task<string?> PragmaAsync(TaskConsoleContext context, string name)
    {
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return Convert.ToString(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}

public sealed class MariaDbSchemaTests(MariaDbDatabase database) : SchemaTests(database), IClassFixture<MariaDbDatabase>
{
    [Fact]
    public async Task Every_text_column_is_utf8mb4_compared_as_bytes()
    {
        await using var context = Database.Context();
        var others = await context.Database.SqlQueryRaw<string>(
            """
            SELECT CONCAT(table_name, '.', column_name, ' ', collation_name) AS Value FROM information_schema.columns
            WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND collation_name <> 'utf8mb4_bin' AND table_name NOT LIKE '\_\_%'
            """).ToListAsync(Cancel);
        Assert.Empty(others);
    }

    [Fact]
    public async Task A_commit_survives_a_power_cut()
    {
        await using var context = Database.Context();
        Assert.Equal(1, await context.Database.SqlQueryRaw<int>("SELECT @@innodb_flush_log_at_trx_commit AS Value").SingleAsync(Cancel));
        var engines = await context.Database.SqlQueryRaw<string>("SELECT DISTINCT engine AS Value FROM information_schema.tables WHERE table_schema = DATABASE()").ToListAsync(Cancel);
        Assert.Equal(["InnoDB"], engines);
    }
}
