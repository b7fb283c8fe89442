using Google.Protobuf;
using Grpc.Core;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Enrolment;
using TaskConsole.AgentHub.Listening;
using TaskConsole.AgentHub.Sessions;
using HubBase = TaskConsole.Protocol.V1.AgentHub.AgentHubBase;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub;

/// <summary>The service of <c>protos/agent_hub.proto</c>.</summary>
internal sealed class AgentHubService(HubCertificates certificates, Enroller enroller, SessionRunner sessions, AgentHubOptions options) : HubBase
{
    public override Task<Wire.AuthorityResponse> GetAuthority(Wire.AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new Wire.AuthorityResponse { CertificateDer = ByteString.CopyFrom(certificates.AuthorityDer) });

    public override Task<Wire.EnrolResponse> Enrol(Wire.EnrolRequest request, ServerCallContext context) =>
        enroller.EnrolAsync(request, PeerAddress.Of(context.GetHttpContext(), options), context.CancellationToken);

    public override Task Connect(IAsyncStreamReader<Wire.AgentMessage> requestStream, IServerStreamWriter<Wire.HubMessage> responseStream, ServerCallContext context) =>
        sessions.RunAsync(requestStream, responseStream, PeerAddress.Of(context.GetHttpContext(), options), context.CancellationToken);
}
