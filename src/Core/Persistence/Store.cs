using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using TaskConsole.Core.Events;
using TaskConsole.Core.Persistence.Sqlite;

namespace TaskConsole.Core.Persistence;

/// <summary>
/// The only way to write: one unit of work, one transaction, tried again when the engine says that it may be,
/// its events published after the commit and never before.
/// </summary>
internal sealed partial class Store(StoreContexts contexts, WriteAheadLog log, StoreHealth health, EventBus events, ILogger<Store> logger)
{
    private const int MaxTries = 6;
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    public IStoreDialect Dialect => contexts.Dialect;

    /// <summary>A context to read with. Dispose it.</summary>
    public TaskConsoleContext Read()
    {
        var context = contexts.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return context;
    }

    /// <summary>Does <paramref name="work"/> in a transaction. It may run several times: it must not touch anything but its unit.</summary>
    public async Task<T> WriteAsync<T>(Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        // Real time is measured here, also where a test holds the clock.
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await WritePatientlyAsync(work, cancellationToken);
        }
        catch (Exception failure) when (StoreFailure.IsUnavailable(failure))
        {
            health.Troubled();
            throw;
        }
        finally
        {
            if (Stopwatch.GetElapsedTime(began) > LongWait)
            {
                health.Troubled();
            }
        }
    }

    private async Task<T> WritePatientlyAsync<T>(Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await WriteOnceAsync(work, cancellationToken);
            }
            catch (Exception failure) when (tries < MaxTries && IsTransient(failure))
            {
                LogRetry(logger, tries, failure.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 << tries)), cancellationToken);
            }
        }
    }

    /// <summary>Does <paramref name="work"/> in a transaction.</summary>
    public Task WriteAsync(Func<WriteUnit, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(
            async (unit, token) =>
            {
                await work(unit, token);
                return true;
            },
            cancellationToken);

    private async Task<T> WriteOnceAsync<T>(Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (contexts.Provider != DatabaseProvider.Sqlite)
        {
            return await WriteOnceAsync(work, IsolationLevel.ReadCommitted, cancellationToken);
        }

        using (await log.WriterAsync(cancellationToken))
        {
            return await WriteOnceAsync(work, IsolationLevel.Serializable, cancellationToken);
        }
    }

    private async Task<T> WriteOnceAsync<T>(Func<WriteUnit, CancellationToken, Task<T>> work, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var context = contexts.CreateDbContext();
        await using (context)
        {
            // EF would close the connection with the commit; then it could not be asked how much it has written.
            await context.Database.OpenConnectionAsync(cancellationToken);
            var transaction = await context.Database.BeginTransactionAsync(isolation, cancellationToken);
            var failed = false;
            try
            {
                var unit = new WriteUnit(context, contexts.Dialect);
                var answer = await work(unit, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                if (context.Database.GetDbConnection() is SqliteConnection connection)
                {
                    log.Committed(connection);
                }

                unit.Publish(events);
                return answer;
            }
            catch
            {
                failed = true;
                throw;
            }
            finally
            {
                await EndAsync(transaction, failed);
                await context.Database.CloseConnectionAsync();
            }
        }
    }

    /// <summary>On a full disk SQLite has undone the transaction by itself, and says so: why it failed is what counts.</summary>
    private static async ValueTask EndAsync(IDbContextTransaction transaction, bool failed)
    {
        try
        {
            await transaction.DisposeAsync();
        }
        catch (DbException) when (failed)
        {
            // Why the transaction failed counts more than why it cannot be ended.
        }
    }

    private static bool IsTransient(Exception failure) => failure.GetBaseException() switch
    {
        // A duplicate key: two transactions found it free at once. When the second one is tried again it finds the row of the first.
        MySqlException mysql => mysql.ErrorCode is MySqlErrorCode.LockDeadlock or MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.DuplicateKeyEntry,
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6,
        _ => false,
    };

    [LoggerMessage(LogLevel.Information, "The store asked to try a transaction again (try {Tries}): {Why}")]
    private static partial void LogRetry(ILogger logger, int tries, string why);
}

/// <summary>One transaction and what is to be published once it is committed.</summary>
internal sealed class WriteUnit(TaskConsoleContext context, IStoreDialect dialect)
{
    private readonly List<Action<EventBus>> _events = [];

    public TaskConsoleContext Context => context;

    public IStoreDialect Dialect => dialect;

    public void AfterCommit(Action<EventBus> publish) => _events.Add(publish);

    public void Publish(EventBus bus) => _events.ForEach(publish => publish(bus));
}
