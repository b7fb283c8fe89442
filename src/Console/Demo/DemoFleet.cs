using System.Net;
using TaskConsole.Console.Settings;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Demo;

/// <summary>Starts the demo agents once the console listens, and ends them with it.</summary>
internal sealed class DemoFleet(
    ConsoleSettings settings,
    IConfiguration configuration,
    HostSessions sessions,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<DemoAgent> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        var joinToken = await sessions.JoinTokenAsync(stoppingToken);
        var hub = HubAddress();
        await Task.WhenAll(Enumerable.Range(1, settings.DemoAgents).Select(number =>
        {
            var (name, labels) = DemoAgentPlan.Identity(number);
            var directory = Path.Combine(settings.DataDirectory, "demo", name);
            DataDirectories.Make(directory);
            var plan = new DemoAgentPlan
            {
                Name = name,
                Labels = labels,
                DataDirectory = directory,
                Hub = hub,
                AuthorityFingerprint = null,
                JoinToken = joinToken,
            };
            return new DemoAgent(plan, time, logger).RunAsync(stoppingToken);
        }));
    }

    private Uri HubAddress()
    {
        var listen = IPEndPoint.Parse(configuration["AgentHub:Listen"] ?? "127.0.0.1:5081");
        return new UriBuilder(Uri.UriSchemeHttps, listen.Address.ToString(), listen.Port).Uri;
    }

    private async Task StartedAsync(CancellationToken stop)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stop);
    }
}
