using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>
/// That SQLite's write-ahead log is moved into the database beside the writer, and begun anew: all of it when it has grown,
/// which the moves that are due each 4 MiB would leave a rest of. SQLite itself moves it only within a commit that finds
/// 64 MiB in it; the tests stay below.
/// </summary>
public sealed class WriteAheadLogTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private const int Chunk = 1 << 20;

    /// <summary>Chunks that are more than what makes the writer wait for the rest to be moved, by more than one move.</summary>
    private const int TooLong = 37;

    private string File => new SqliteConnectionStringBuilder(Database.ConnectionString).DataSource;

    private long Length => new FileInfo(File).Length;

    [Fact]
    public async Task What_was_committed_is_moved_without_another_commit_and_the_log_begins_anew()
    {
        await WriteAsync("CREATE TABLE moved (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        var (begun, length) = (TimesBegun(), Length);
        await WriteAsync("moved", TooLong);
        await AllIsMovedAsync("moved", begun, length + (TooLong * Chunk));
    }

    [Fact]
    public async Task A_reader_holds_the_log_but_nobody_up()
    {
        await WriteAsync("CREATE TABLE held (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        await WriteAsync("INSERT INTO held (content) VALUES (zeroblob(1))");
        var (begun, length) = (TimesBegun(), Length);
        await using (var reader = new SqliteConnection(Database.ConnectionString))
        {
            await reader.OpenAsync(Cancel);
            await using var snapshot = reader.BeginTransaction(deferred: true);
            await using var read = reader.CreateCommand();
            read.CommandText = "SELECT COUNT(*) FROM held";
            Assert.Equal(1L, await read.ExecuteScalarAsync(Cancel));
            await WriteAsync("held", TooLong).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            Assert.Equal(1L, await read.ExecuteScalarAsync(Cancel));
        }

        // Enough to be worth a move, which finds nobody any more.
        await WriteAsync("held", 5);
        await AllIsMovedAsync("held", begun, length + ((TooLong + 5) * Chunk));
    }

    /// <summary>Nobody writes until all of it has been moved; then one more makes the log begin anew, if none did before.</summary>
    private async Task AllIsMovedAsync(string table, long begun, long length)
    {
        await Engine.WaitAsync(() => Task.FromResult(TimesBegun() > begun || Length >= length));
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
