using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace TaskConsole.AgentHub.Sessions;

internal sealed partial class SessionRunner
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Name} ({HostId}) is connected from {Address}, session {Epoch}")]
    private partial void LogOpened(string name, Guid hostId, long epoch, IPAddress address);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Epoch} of {Name} ({HostId}) ended: {Cause}")]
    private partial void LogEnded(string name, Guid hostId, long epoch, string cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a stream from {Address}: {Status}, {Detail}")]
    private partial void LogRefused(IPAddress address, StatusCode status, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store failed to open a session of {Name} ({HostId})")]
    private partial void LogOpenFailed(Exception failure, string name, Guid hostId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store could not be told that the session of {Name} ({HostId}) ended")]
    private partial void LogCloseFailed(Exception failure, string name, Guid hostId);

    [LoggerMessage(Level = LogLevel.Error, Message = "What {Name} ({HostId}) said could not be taken; its session ends")]
    private partial void LogTakeFailed(Exception failure, string name, Guid hostId);
}
