using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace TaskConsole.AgentHub.Enrolment;

internal sealed partial class Enroller
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a request to join as '{Name}' from {Address}: {Status}, {Detail}")]
    private partial void LogRefused(string name, IPAddress address, StatusCode status, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a request to join as '{Name}' from {Address}: its key was rejected by an operator")]
    private partial void LogRejected(string name, IPAddress address);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store failed while '{Name}' asked to join")]
    private partial void LogStoreFailed(Exception failure, string name);
}
