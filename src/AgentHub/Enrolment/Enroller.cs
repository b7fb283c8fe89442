using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Metrics;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.AgentHub.Sessions;
using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Enrolment;

/// <summary>Takes a request to join: limits, shape, clock and proof are judged here, token and decision in Core.</summary>
internal sealed partial class Enroller(HostSessions hosts, EnrolmentLimit limit, StoreTrouble trouble, HubMetrics metrics, TimeProvider time, ILogger<Enroller> logger)
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AskAgainWhenPending = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgainWhenRejected = TimeSpan.FromMinutes(1);

    /// <summary>Answers the decision; throws the status that the contract names.</summary>
    public async Task<Wire.EnrolResponse> EnrolAsync(Wire.EnrolRequest request, IPAddress address, CancellationToken cancellationToken)
    {
        try
        {
            if (limit.Ask(address) is { } wait)
            {
                throw Refusals.Exhausted("Asked too often.", wait);
            }

            CheckShape(request);
            CheckProof(request);
            return await DecideAsync(request, address, cancellationToken);
        }
        catch (RpcException refusal)
        {
            metrics.EnrolmentRefused(refusal.StatusCode);
            LogRefused(Texts.ForLog(request.Name), address, refusal.StatusCode, Texts.Clean(refusal.Status.Detail, 300));
            throw;
        }
    }

    private static void CheckShape(Wire.EnrolRequest request)
    {
        if (!HostName.IsAllowed(request.Name))
        {
            throw Refusals.Invalid(HostName.Rule);
        }

        if (!Signatures.IsPublicKey(request.PublicKey.Span))
        {
            throw Refusals.Invalid("The key is not allowed: a P-256 public key as SubjectPublicKeyInfo is wanted.");
        }

        if (LabelRules.CheckForAgent(request.Labels) is { } error)
        {
            throw Refusals.Invalid(error);
        }
    }

    private void CheckProof(Wire.EnrolRequest request)
    {
        var now = time.GetUtcNow();
        var off = Int128.Abs(((Int128)now.ToUnixTimeMilliseconds()) - request.RequestedAtMs);
        if (off > (Int128)ClockTolerance.TotalMilliseconds)
        {
            throw Refusals.WrongClock(now);
        }

        if (!Signatures.Proves(request))
        {
            throw Refusals.Unauthenticated("The signature is wrong.");
        }
    }

    private async Task<Wire.EnrolResponse> DecideAsync(Wire.EnrolRequest request, IPAddress address, CancellationToken cancellationToken)
    {
        Guid hubId;
        EnrolmentAnswer answer;
        try
        {
            hubId = await hosts.HubIdAsync(cancellationToken);
            answer = await hosts.EnrolAsync(
                new EnrolmentRequest
                {
                    Name = request.Name,
                    PublicKey = request.PublicKey.ToByteArray(),
                    JoinToken = request.JoinToken,
                    Labels = request.Labels.ToDictionary(StringComparer.Ordinal),
                    Facts = Facts.Read(request.Facts),
                    Address = address.ToString(),
                },
                cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (trouble.IsNews())
            {
                LogStoreFailed(failure, request.Name);
            }

            throw Refusals.StoreUnavailable();
        }

        var response = new Wire.EnrolResponse { HubId = Ids.ToWire(hubId), Message = answer.Message };
        switch (answer.Decision)
        {
            case EnrolmentDecision.Approved:
                response.Decision = Wire.EnrolResponse.Types.Decision.Approved;
                response.AgentId = Ids.ToWire(answer.HostId ?? throw new InvalidOperationException("An approval names no host."));
                return response;
            case EnrolmentDecision.Pending:
                response.Decision = Wire.EnrolResponse.Types.Decision.Pending;
                response.RetryAfterMs = (long)AskAgainWhenPending.TotalMilliseconds;
                return response;
            case EnrolmentDecision.Rejected:
                response.Decision = Wire.EnrolResponse.Types.Decision.Rejected;
                response.RetryAfterMs = (long)AskAgainWhenRejected.TotalMilliseconds;
                LogRejected(request.Name, address);
                metrics.EnrolmentRefused(StatusCode.PermissionDenied);
                return response;
            case EnrolmentDecision.WrongToken:
                throw Refusals.Unauthenticated("The join token is wrong.");
            default:
                throw Refusals.Invalid(answer.Message);
        }
    }
}
