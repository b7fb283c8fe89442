using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Hosts;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Tells the store that a session broke: at once, and again every second while the store fails, so that no host stays online for ever.</summary>
internal sealed partial class SessionClosing(HostSessions hosts, TimeProvider time, ILogger<SessionClosing> logger) : BackgroundService
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Guid, long> _owed = new();

    /// <summary>Returns when the store has taken it, or will be asked again.</summary>
    public async Task CloseAsync(Guid hostId, long sessionEpoch)
    {
        if (!await TryCloseAsync(hostId, sessionEpoch))
        {
            _owed.AddOrUpdate(hostId, sessionEpoch, (_, owed) => Math.Max(owed, sessionEpoch));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (hostId, epoch) in _owed)
            {
                stoppingToken.ThrowIfCancellationRequested();
                if (!await TryCloseAsync(hostId, epoch))
                {
                    break;
                }

                _owed.TryRemove(new KeyValuePair<Guid, long>(hostId, epoch));
            }
        }
    }

    private async Task<bool> TryCloseAsync(Guid hostId, long sessionEpoch)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        try
        {
            await hosts.CloseAsync(hostId, sessionEpoch, patience.Token);
            return true;
        }
        catch (Exception failure)
        {
            LogStoreFailed(failure, hostId);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store failed to take the end of the session of host {HostId}; it is told again")]
    private partial void LogStoreFailed(Exception failure, Guid hostId);
}
