using System.Collections.Frozen;
using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using MySqlConnector;

namespace TaskConsole.Core.Persistence;

/// <summary>
/// Tells by its code a store that is away, full, busy, locked up or broken (wait for it) from a statement that it does
/// not take. A code that is not listed decides nothing: whoever writes finds out what else the store takes.
/// </summary>
internal static class StoreFailure
{
    /// <summary>Primary result codes of SQLite that no row is to blame for.</summary>
    private static readonly FrozenSet<int> Sqlite = FrozenSet.ToFrozenSet(
    [
        3, // PERM
        4, // ABORT
        5, // BUSY
        6, // LOCKED
        7, // NOMEM
        8, // READONLY
        9, // INTERRUPT
        10, // IOERR
        11, // CORRUPT
        13, // FULL
        14, // CANTOPEN
        15, // PROTOCOL
        17, // SCHEMA
        22, // NOLFS
        23, // AUTH
        26, // NOTADB
    ]);

    /// <summary>Error numbers of MySQL and MariaDB that no row is to blame for.</summary>
    private static readonly FrozenSet<int> MySql = FrozenSet.ToFrozenSet(
    [
        // The server cannot be reached, or is gone.
        (int)MySqlErrorCode.CommandTimeoutExpired,
        (int)MySqlErrorCode.ConnectionCountError,
        (int)MySqlErrorCode.UnableToConnectToHost,
        (int)MySqlErrorCode.HandshakeError,
        (int)MySqlErrorCode.ServerShutdown,
        (int)MySqlErrorCode.HostIsBlocked,
        (int)MySqlErrorCode.HostNotPrivileged,
        (int)MySqlErrorCode.AbortingConnection,
        (int)MySqlErrorCode.NetReadError,
        (int)MySqlErrorCode.NetReadInterrupted,
        (int)MySqlErrorCode.NetErrorOnWrite,
        (int)MySqlErrorCode.NetWriteInterrupted,
        (int)MySqlErrorCode.NewAbortingConnection,
        (int)MySqlErrorCode.TooManyUserConnections,
        (int)MySqlErrorCode.UserLimitReached,
        1927, // the connection was killed (MariaDB)
        2002, // no connection through the socket
        2003, // no connection to the server
        2006, // the server has gone away
        2013, // the connection was lost during a query

        // The account may not, or the schema is not the expected one.
        (int)MySqlErrorCode.DatabaseAccessDenied,
        (int)MySqlErrorCode.AccessDenied,
        (int)MySqlErrorCode.UnknownCommand, // also a Galera node that is not ready
        (int)MySqlErrorCode.UnknownDatabase,
        (int)MySqlErrorCode.BadFieldError,
        (int)MySqlErrorCode.TableAccessDenied,
        (int)MySqlErrorCode.ColumnAccessDenied,
        (int)MySqlErrorCode.NoSuchTable,
        (int)MySqlErrorCode.SpecifiedAccessDeniedError,
        (int)MySqlErrorCode.TableDefinitionChanged,
        1820, // the password has expired
        4151, // the account is locked (MariaDB)

        // The store is read-only.
        (int)MySqlErrorCode.OpenAsReadOnly,
        (int)MySqlErrorCode.OptionPreventsStatement,
        (int)MySqlErrorCode.CannotExecuteInReadOnlyTransaction,
        1836, // running in read-only mode

        // The store is full, or out of another resource.
        (int)MySqlErrorCode.DiskFull,
        (int)MySqlErrorCode.RecordFileFull,
        (int)MySqlErrorCode.OutOfMemory,
        (int)MySqlErrorCode.OutOfSortMemory,
        (int)MySqlErrorCode.OutOfResources,
        (int)MySqlErrorCode.CannotCreateThread,
        (int)MySqlErrorCode.LockTableFull,

        // A lock was not given in time, or the statement was interrupted.
        (int)MySqlErrorCode.CheckRead,
        (int)MySqlErrorCode.LockWaitTimeout,
        (int)MySqlErrorCode.LockDeadlock,
        (int)MySqlErrorCode.QueryInterrupted,
        (int)MySqlErrorCode.XARBTimeout,
        (int)MySqlErrorCode.XARBDeadlock,
        (int)MySqlErrorCode.QueryTimeout,
        1969, // a statement's time was up (MariaDB)
        3572, // a lock was not to be had at once

        // Files that cannot be made, read, written or closed, memory and space that are used up (without a text of their own).
        1, 2, 3, 4, 5, 20, 27,

        // Tables that are broken.
        (int)MySqlErrorCode.CannotCreateFile,
        (int)MySqlErrorCode.CannotOpenFile,
        (int)MySqlErrorCode.FileNotFound,
        (int)MySqlErrorCode.ErrorOnClose,
        (int)MySqlErrorCode.ErrorOnRead,
        (int)MySqlErrorCode.ErrorOnWrite,
        (int)MySqlErrorCode.FileSortAborted,
        (int)MySqlErrorCode.GetErrorNumber,
        (int)MySqlErrorCode.NotKeyFile,
        (int)MySqlErrorCode.OldKeyFile,
        (int)MySqlErrorCode.CrashedOnUsage,
        (int)MySqlErrorCode.CrashedOnRepair,
        (int)MySqlErrorCode.ErrorDuringCommit,
        (int)MySqlErrorCode.ErrorDuringRollback,
        (int)MySqlErrorCode.BinLogLoggingImpossible,
        1712, // an index is corrupt
        1812, // a table space is missing
        1814, // a table space is discarded
        1932, // the table does not exist in the engine (MariaDB)

        // TiDB: its storage is away or busy, or wants the transaction again.
        8022, 8028, 9001, 9002, 9003, 9004, 9005, 9006, 9007,
    ]);

    /// <summary>Whether the store itself failed: what was to be written is not at fault and is to be tried again.</summary>
    public static bool IsUnavailable(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SqliteException sqlite when Sqlite.Contains(sqlite.SqliteErrorCode):
                case MySqlException mysql when MySql.Contains(mysql.Number):
                case DbException { IsTransient: true }:
                case SocketException or IOException or TimeoutException:
                    return true;
            }
        }

        return false;
    }
}
