using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using MySqlConnector;

namespace TaskConsole.Core.Persistence;

/// <summary>Tells a store that is away, full or busy (wait for it) from an event that it cannot take (set it aside).</summary>
internal static class StoreFailure
{
    public static bool IsUnavailable(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SqliteException { SqliteErrorCode: 5 or 6 or 8 or 10 or 13 or 14 }: // busy, locked, read-only, I/O, full, cannot open
                case MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ServerShutdown or MySqlErrorCode.TooManyUserConnections or MySqlErrorCode.ConnectionCountError or MySqlErrorCode.LockDeadlock or MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.DiskFull or MySqlErrorCode.RecordFileFull }:
                case DbException { IsTransient: true }:
                case SocketException or EndOfStreamException or TimeoutException:
                    return true;
            }
        }

        return false;
    }
}
