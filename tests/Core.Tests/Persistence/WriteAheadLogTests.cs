using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>That SQLite's write-ahead log is moved into the database beside the writer. The file of the log never shrinks: its length is the most that was in it.</summary>
public sealed class WriteAheadLogTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private const int Chunk = 1 << 20;

    private string File => new SqliteConnectionStringBuilder(Database.ConnectionString).DataSource;

    private long LogBytes => new FileInfo(File + "-wal").Length;

    [Fact]
    public async Task The_log_stays_short_however_much_is_written_and_a_reader_holds_it_but_nobody_up()
    {
        await WriteAsync("CREATE TABLE moved (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
        await WriteChunksAsync(160);

        // About twice what makes the writer wait; unmoved it would have grown to 64 MiB.
        Assert.InRange(LogBytes, Chunk, 62L * Chunk);
        await Engine.WaitAsync(() => Task.FromResult(new FileInfo(File).Length > 150L * Chunk));

        await using (var reader = new SqliteConnection(Database.ConnectionString))
        {
            await reader.OpenAsync(Cancel);
            await using var snapshot = reader.BeginTransaction(deferred: true);
            await using var read = reader.CreateCommand();
            read.CommandText = "SELECT COUNT(*) FROM moved";
            Assert.Equal(160L, await read.ExecuteScalarAsync(Cancel));
            await WriteChunksAsync(70);
            Assert.Equal(160L, await read.ExecuteScalarAsync(Cancel));
        }

        // It begins anew once the reader has gone and what is there has been moved.
        var held = LogBytes;
        Assert.True(held > 60L * Chunk, $"{held} bytes");
        await WriteChunksAsync(60);
        Assert.InRange(LogBytes, held, held + (20L * Chunk));
    }

    private async Task WriteChunksAsync(int chunks)
    {
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            await WriteAsync($"INSERT INTO moved (content) VALUES (zeroblob({Chunk}))");
        }
    }

    private Task<int> WriteAsync(string sql) =>
        Engine.Get<Store>().WriteAsync((unit, token) => unit.Context.Database.ExecuteSqlRawAsync(sql, token), Cancel);
}
