using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Enrolment;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Settings;
using TaskConsole.Agent.Trust;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>Keeps this host connected: enrols it, opens one session after the other, and comes back whatever breaks.</summary>
internal sealed partial class HubConnection(
    AgentOptions options,
    DataDirectory data,
    Enroller enroller,
    HubSession session,
    AgentExit exit,
    TimeProvider time,
    ILogger<HubConnection> logger)
    : BackgroundService
{
    // A hub that refused this key, or speaks a newer contract, will not change its mind soon.
    private static readonly TimeSpan SlowReturn = TimeSpan.FromSeconds(10);
    private readonly ReconnectDelay _delay = new();
    private bool _mustEnrol;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _mustEnrol = enroller.Identity is null;
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                pause = await ConnectAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException failure)
            {
                pause = PauseAfter(failure);
            }
            catch (CannotJoinException failure)
            {
                exit.Fail(failure.Message);
                return;
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException or HttpRequestException)
            {
                LogBroken(options.Hub, failure.Message);
                pause = _delay.Next();
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<TimeSpan> ConnectAsync(CancellationToken cancellationToken)
    {
        // A new one each time: after one failed negotiation a handler gives HTTP/2 up for good.
        using var channel = await OpenChannelAsync(cancellationToken);
        var hub = new AgentHub.AgentHubClient(channel);
        if (_mustEnrol)
        {
            await enroller.EnrolAsync(hub, cancellationToken);
            _mustEnrol = false;
        }

        var end = await session.RunAsync(hub, enroller.Identity!, cancellationToken);
        _delay.Reset();
        return end.ReconnectAfter + _delay.Next();
    }

    private async Task<GrpcChannel> OpenChannelAsync(CancellationToken cancellationToken)
    {
        if (options.AuthorityFingerprint is not { } fingerprint)
            return HubChannel.Open(options.Hub, session.Heartbeat, time);
        var authority = new PinnedAuthority(options.Hub, fingerprint, data);
        return HubChannel.OpenPinned(options.Hub, session.Heartbeat, await authority.GetAsync(cancellationToken), time);
    }

    private TimeSpan PauseAfter(RpcException failure)
    {
        switch (failure.StatusCode)
        {
            case StatusCode.Unauthenticated:
                LogNotAccepted(failure.Status.Detail);
                _mustEnrol = true;
                return SlowReturn / 2 + ReconnectDelay.Jitter(SlowReturn / 2);
            case StatusCode.AlreadyExists:
                LogDuplicate(data.Path, failure.Status.Detail);
                return SlowReturn / 2 + ReconnectDelay.Jitter(SlowReturn / 2);
            case StatusCode.FailedPrecondition:
                LogTooOld(failure.Status.Detail);
                return SlowReturn + ReconnectDelay.Jitter(SlowReturn);
            default:
                // What lies beneath names the cause ("Connection refused"), the status only what was tried.
                LogBroken(options.Hub, failure.Status.DebugException?.GetBaseException().Message ?? failure.Status.Detail);
                return _delay.Next();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The hub does not accept this host's key (any more); asking to join again. The hub says: {Detail}")]
    private partial void LogNotAccepted(string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Two agents use the key of this host: stop one of the two, and on the copy delete 'key' and 'identity' in '{DataDirectory}' and restart it with a join token; then approve the key of the agent that stays on the Hosts page. The hub says: {Detail}")]
    private partial void LogDuplicate(string dataDirectory, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "This agent is too old for the hub; install a newer one. The hub says: {Detail}")]
    private partial void LogTooOld(string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to the hub at {Hub}: {Detail}")]
    private partial void LogBroken(Uri hub, string detail);
}
