using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Stopping: tells every agent to come back, gives what is in flight a moment, then ends the streams, so that the stop is quick and the store hears of it.</summary>
internal sealed partial class SessionDrain(SessionRegistry sessions, TimeProvider time, ILogger<SessionDrain> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private const long ReconnectAfterMs = 1_000;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        sessions.Drain();
        LogDraining(sessions.Count);
        foreach (var session in sessions.All)
        {
            session.Outbox.Drain(new Wire.Drain { ReconnectAfterMs = ReconnectAfterMs, Reason = "The hub is stopping." });
        }

        await UntilEmptyAsync(InFlight, cancellationToken);
        foreach (var session in sessions.All)
        {
            session.End(SessionEnd.Stopping);
        }

        await UntilEmptyAsync(EndPatience, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task UntilEmptyAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (sessions.Running > 0 && time.GetElapsedTime(start) < longest && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Look, time, CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Count} agents are told to come back")]
    private partial void LogDraining(int count);
}
