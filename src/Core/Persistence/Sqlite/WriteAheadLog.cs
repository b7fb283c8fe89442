using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace TaskConsole.Core.Persistence.Sqlite;

/// <summary>
/// SQLite's one writer and its write-ahead log. What was committed is moved from the log into the database beside the
/// writer: the commit that happens to fill the log would do it before it answers, with two more syncs.
/// </summary>
/// <remarks>
/// The log is begun anew only when all of it has been moved, which under load is never so by itself: when it has grown,
/// the last part is moved while the writer waits (sqlite.org/wal.html, 'Avoiding Excessively Large WAL Files').
/// </remarks>
internal sealed partial class WriteAheadLog(StoreContexts contexts, ILogger<WriteAheadLog> logger) : BackgroundService
{
    /// <summary>Pages in the log that are worth moving: 4 MiB, as SQLite's own default.</summary>
    private const int WorthMoving = 256;

    /// <summary>Pages in the log beyond which the writer waits for the rest to be moved: 32 MiB.</summary>
    private const int TooLong = 2_048;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE: pages that a connection has written.</summary>
    private const int PagesWritten = 9;

    /// <summary>For readers, with the writer held: most read for some milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    // Waiting here is fair and cheap, waiting in the engine is neither.
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private int _pages;

    /// <summary>Waits for the turn to write; dispose what it answers to give it back.</summary>
    public async Task<IDisposable> WriterAsync(CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        return new Turn(_writer);
    }

    /// <summary>The writer has committed on this connection.</summary>
    public void Committed(SqliteConnection connection)
    {
        if (raw.sqlite3_db_status(connection.Handle, PagesWritten, out var pages, out _, resetFlg: 1) == raw.SQLITE_OK
            && Interlocked.Add(ref _pages, pages) >= WorthMoving)
        {
            _signal.Writer.TryWrite(true);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _writer.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (contexts.Provider != DatabaseProvider.Sqlite)
        {
            return;
        }

        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await MoveAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotMoved(logger, failure.Message);
            }
        }
    }

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _pages, 0);
        var context = contexts.CreateDbContext();
        await using (context)
        {
            await context.Database.OpenConnectionAsync(cancellationToken);
            try
            {
                var connection = (SqliteConnection)context.Database.GetDbConnection();
                if (Move(connection, raw.SQLITE_CHECKPOINT_PASSIVE) > TooLong)
                {
                    using (await WriterAsync(cancellationToken))
                    {
                        MoveAll(connection);
                    }
                }
            }
            finally
            {
                await context.Database.CloseConnectionAsync();
            }
        }
    }

    /// <summary>Moves the rest, and waits a moment for those who read in the log: until they leave it cannot begin anew.</summary>
    private static void MoveAll(SqliteConnection connection)
    {
        raw.sqlite3_busy_timeout(connection.Handle, (int)Patience.TotalMilliseconds);
        try
        {
            Move(connection, raw.SQLITE_CHECKPOINT_RESTART);
        }
        finally
        {
            raw.sqlite3_busy_timeout(connection.Handle, 0);
        }
    }

    /// <summary>Returns how many pages the log has. That somebody reads in it, or moves it already, is no failure.</summary>
    private static int Move(SqliteConnection connection, int mode)
    {
        var answer = raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", mode, out var pages, out _);
        if (answer != raw.SQLITE_BUSY)
        {
            SqliteException.ThrowExceptionForRC(answer, connection.Handle);
        }

        return pages;
    }

    [LoggerMessage(LogLevel.Warning, "What is in SQLite's write-ahead log could not be moved into the database; it is tried again when more has been written: {Why}")]
    private static partial void LogNotMoved(ILogger logger, string why);

    private sealed class Turn(SemaphoreSlim writer) : IDisposable
    {
        public void Dispose() => writer.Release();
    }
}
