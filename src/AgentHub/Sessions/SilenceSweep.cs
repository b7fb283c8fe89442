using Microsoft.Extensions.Hosting;
using TaskConsole.AgentHub.Listening;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Ends sessions whose agent has said or read nothing for three heartbeats.</summary>
internal sealed class SilenceSweep(SessionRegistry sessions, AgentHubOptions options, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var session in sessions.All)
            {
                session.EndIfSilent(options.LongestSilence);
            }
        }
    }
}
