using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Enrolment;
using TaskConsole.AgentHub.Listening;
using TaskConsole.AgentHub.Sessions;
using HubBase = TaskConsole.Protocol.V1.AgentHub.AgentHubBase;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub;

/// <summary>The service of <c>protos/agent_hub.proto</c>.</summary>
internal sealed partial class AgentHubService(HubCertificates certificates, Enroller enroller, SessionRunner sessions, AgentHubOptions options, ILogger<AgentHubService> logger) : HubBase
{
    public override Task<Wire.AuthorityResponse> GetAuthority(Wire.AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new Wire.AuthorityResponse { CertificateDer = ByteString.CopyFrom(certificates.AuthorityDer) });

    public override async Task<Wire.EnrolResponse> Enrol(Wire.EnrolRequest request, ServerCallContext context)
    {
        try
        {
            return await enroller.EnrolAsync(request, PeerAddress.Of(context.GetHttpContext(), options), context.CancellationToken);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw StatusOf(failure, context);
        }
    }

    public override async Task Connect(IAsyncStreamReader<Wire.AgentMessage> requestStream, IServerStreamWriter<Wire.HubMessage> responseStream, ServerCallContext context)
    {
        try
        {
            await sessions.RunAsync(requestStream, responseStream, PeerAddress.Of(context.GetHttpContext(), options), context.CancellationToken);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw StatusOf(failure, context);
        }
    }

    /// <summary>Of what no part of the hub foresaw: nothing is told to the caller.</summary>
    private RpcException StatusOf(Exception failure, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested)
        {
            return new RpcException(new Status(StatusCode.Cancelled, "The call was given up."));
        }

        LogFailed(failure, context.Method);
        return new RpcException(new Status(StatusCode.Internal, "The hub failed; its log says why."));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed")]
    private partial void LogFailed(Exception failure, string method);
}
