using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>
/// That SQLite's write-ahead log is moved into the database beside the writer, and begun anew. SQLite itself moves it only
/// within a commit that finds 64 MiB in it; the tests stay below.
/// </summary>
public sealed class WriteAheadLogTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private const int Chunk = 1 << 20;

    /// <summary>A little more than what makes the writer wait for the rest to be moved.</summary>
    private const int TooLong = 36;

    private string File => new SqliteConnectionStringBuilder(Database.ConnectionString).DataSource;

    [Fact]
    public async Task What_was_committed_is_moved_without_another_commit_and_the_log_begins_anew()
    {
        await WriteAsync("CREATE TABLE moved (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        var begun = TimesBegun();
        await WriteAsync("moved", TooLong);
        await BeginsAnewAsync("moved", begun);
    }

    [Fact]
    public async Task A_reader_holds_the_log_but_nobody_up()
    {
        await WriteAsync("CREATE TABLE held (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        await WriteAsync("INSERT INTO held (content) VALUES (zeroblob(1))");
        long begun;
        await using (var reader = new SqliteConnection(Database.ConnectionString))
        {
            await reader.OpenAsync(Cancel);
            await using var snapshot = reader.BeginTransaction(deferred: true);
            await using var read = reader.CreateCommand();
            read.CommandText = "SELECT COUNT(*) FROM held";
            Assert.Equal(1L, await read.ExecuteScalarAsync(Cancel));
            begun = TimesBegun();
            await WriteAsync("held", TooLong);
            Assert.Equal(1L, await read.ExecuteScalarAsync(Cancel));
            Assert.Equal(begun, TimesBegun());
        }

        // Enough to be worth a move, which finds nobody any more.
        await WriteAsync("held", 5);
        await BeginsAnewAsync("held", begun);
    }

    private async Task BeginsAnewAsync(string table, long begun)
    {
        // The last 4 MiB may wait for more.
        await Engine.WaitAsync(() => Task.FromResult(new FileInfo(File).Length > (TooLong - 5L) * Chunk));
        await Engine.WaitAsync(async () =>
        {
            await WriteAsync($"INSERT INTO {table} (content) VALUES (zeroblob(1))");
            return TimesBegun() > begun;
        });
    }

    /// <summary>The checkpoint sequence number in the head of the log (sqlite.org/fileformat2.html, 4.1).</summary>
    private long TimesBegun()
    {
        using var log = new FileStream(File + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> head = stackalloc byte[32];
        log.ReadExactly(head);
        return BinaryPrimitives.ReadUInt32BigEndian(head[12..]);
    }

    private async Task WriteAsync(string table, int chunks)
    {
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            await WriteAsync($"INSERT INTO {table} (content) VALUES (zeroblob({Chunk}))");
        }
    }

    private Task<int> WriteAsync(string sql) =>
        Engine.Get<Store>().WriteAsync((unit, token) => unit.Context.Database.ExecuteSqlRawAsync(sql, token), Cancel);
}
