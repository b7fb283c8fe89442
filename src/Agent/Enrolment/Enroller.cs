using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;
using TaskConsole.Agent.Trust;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Enrolment;

/// <summary>Asks the hub to let this host in, again and again until it is decided, and keeps the answer.</summary>
internal sealed partial class Enroller(AgentOptions options, DataDirectory data, AgentKey key, TimeProvider time, ILogger<Enroller> logger)
{
    private const string RetryAfterTrailer = "retry-after-ms";
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // Of this host, whether it has joined or not.
    private readonly string _name = options.Name ?? throw new ArgumentException("The name has not been chosen.", nameof(options));

    /// <summary>What the hub answered last; null before it let this host in.</summary>
    public IdentityRecord? Identity { get; private set; } = DurableFile.ReadIfPossible(data.IdentityPath, IdentityRecord.Parser);

    /// <summary>Asks until approved. Fails, as any call, when the hub cannot be reached.</summary>
    /// <exception cref="RpcException">The hub is away; the caller comes back.</exception>
    public async Task EnrolAsync(AgentHub.AgentHubClient hub, CancellationToken cancellationToken)
    {
        var told = EnrolResponse.Types.Decision.Unspecified;
        while (true)
        {
            var pause = SlowPause;
            try
            {
                var response = await hub.EnrolAsync(MakeRequest(), cancellationToken: cancellationToken);
                if (response.Decision == EnrolResponse.Types.Decision.Approved)
                {
                    Keep(response);
                    return;
                }

                if (told != response.Decision)
                    LogWaiting(response.Decision, key.Fingerprint, response.Message);
                told = response.Decision;
                pause = response.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(response.RetryAfterMs) : UsualPause;
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.Unauthenticated)
            {
                if (WrongClock.Explain(failure.Trailers, time.GetUtcNow()) is { } clock)
                    LogClock(clock);
                else
                    LogRefused(failure.Status.Detail);
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.InvalidArgument or StatusCode.PermissionDenied)
            {
                LogInvalid(failure.Status.Detail);
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.ResourceExhausted)
            {
                pause = RetryAfter(failure) ?? UsualPause;
            }

            await Task.Delay(Bounded(pause), time, cancellationToken);
        }
    }

    private EnrolRequest MakeRequest()
    {
        var request = new EnrolRequest
        {
            Name = _name,
            PublicKey = key.PublicKey,
            JoinToken = options.JoinToken ?? "",
            Facts = HostFactsReader.Read(),
            RequestedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        request.Labels.Add(options.Labels.ToDictionary());
        request.Signature = key.Sign(new EnrolProof
        {
            Context = "taskconsole enrol v1",
            Name = request.Name,
            PublicKey = request.PublicKey,
            RequestedAtMs = request.RequestedAtMs,
        });
        return request;
    }

    private void Keep(EnrolResponse response)
    {
        var identity = new IdentityRecord { HubId = response.HubId, AgentId = response.AgentId, Name = _name };
        identity.Labels.Add(options.Labels.ToDictionary());
        if (!identity.Equals(Identity))
            DurableFile.Write(data.IdentityPath, identity);
        Identity = identity;
        LogApproved(_name);
    }

    private static TimeSpan Bounded(TimeSpan pause) =>
        pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;

    private static TimeSpan? RetryAfter(RpcException failure) =>
        long.TryParse(failure.Trailers.GetValue(RetryAfterTrailer), out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds) : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "The hub let this host in as '{Name}'")]
    private partial void LogApproved(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not let in yet: {Decision}. Key fingerprint (SHA-256): {Fingerprint}. The hub says: {Detail}")]
    private partial void LogWaiting(EnrolResponse.Types.Decision decision, string fingerprint, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The hub refused the join token or this host's signature; check the join token. The hub says: {Detail}")]
    private partial void LogRefused(string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The hub refused to let this host in because their clocks are more than 10 minutes apart: {Clocks}; set the clock that is wrong")]
    private partial void LogClock(string clocks);

    [LoggerMessage(Level = LogLevel.Error, Message = "The hub cannot accept what this host asks with; check name and labels. The hub says: {Detail}")]
    private partial void LogInvalid(string detail);
}
