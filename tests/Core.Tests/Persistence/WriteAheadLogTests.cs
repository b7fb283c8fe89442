using System.Buffers.Binary;
using System.Runtime.InteropServices;
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

    [Fact]
    public async Task What_was_committed_is_moved_without_another_commit_and_the_log_begins_anew()
    {
        await WriteAsync("CREATE TABLE moved (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        var begun = TimesBegun();
        await WriteAsync("moved", TooLong);
        await AllIsMovedAsync("moved", begun);
    }

    [Fact]
    public async Task A_reader_holds_the_log_but_nobody_up()
    {
        await WriteAsync("CREATE TABLE held (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        await WriteAsync("INSERT INTO held (content) VALUES (zeroblob(1))");
        var begun = TimesBegun();
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
        await AllIsMovedAsync("held", begun);
    }

    /// <summary>Nobody writes until all of it has been moved; then one more makes the log begin anew, if none did before.</summary>
    private async Task AllIsMovedAsync(string table, uint begun)
    {
        await Engine.WaitAsync(() => Task.FromResult(TimesBegun() != begun || NothingIsLeft()));
        await Engine.WaitAsync(async () =>
        {
            await WriteAsync($"INSERT INTO {table} (content) VALUES (zeroblob(1))");
            return TimesBegun() != begun;
        });
    }

    /// <summary>
    /// Salt-1 in the head of the log, one more each time it begins (sqlite.org/fileformat2.html, 4.1). The checkpoint sequence
    /// number beside it is each connection's own: two that begin it may write the same.
    /// </summary>
    private uint TimesBegun()
    {
        Span<byte> head = stackalloc byte[32];
        ReadHead("-wal", head);
        return BinaryPrimitives.ReadUInt32BigEndian(head[16..]);
    }

    /// <summary>
    /// Whether as many pages have been moved as there are in the log: nBackfill and mxFrame in the head of its index, in the
    /// machine's byte order (sqlite.org/walformat.html, 2.1).
    /// </summary>
    private bool NothingIsLeft()
    {
        Span<byte> head = stackalloc byte[136];
        ReadHead("-shm", head);
        return MemoryMarshal.Read<uint>(head[96..]) == MemoryMarshal.Read<uint>(head[16..]);
    }

    private void ReadHead(string suffix, Span<byte> head)
    {
        using var file = new FileStream(File + suffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.ReadExactly(head);
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
