using System.Net;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Listening;
using TaskConsole.Console.Settings;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Demo;

/// <summary>Starts the demo agents once the console listens, and ends them with it.</summary>
internal sealed class DemoFleet(
    ConsoleSettings settings,
    AgentHubOptions hub,
    HubCertificates certificates,
    HostService hosts,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<DemoAgent> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        var joinToken = (await hosts.ReadJoinTokenAsync(Actor.System, stoppingToken)).Value;
        await Task.WhenAll(Enumerable.Range(1, settings.DemoAgents).Select(number =>
            new DemoAgent(Plan(number, joinToken), time, logger).RunAsync(stoppingToken)));
    }

    private DemoAgentPlan Plan(int number, string joinToken)
    {
        var (name, labels) = DemoAgentPlan.Identity(number);
        var directory = Path.Combine(settings.DataDirectory, "demo", name);
        DataDirectories.Make(directory);
        return new DemoAgentPlan
        {
            Name = name,
            Labels = labels,
            DataDirectory = directory,
            Hub = HubAddress(),
            AuthorityFingerprint = certificates.AuthorityFingerprint,
            JoinToken = joinToken,
        };
    }

    private Uri HubAddress()
    {
        var address = hub.Listen switch
        {
            { IsAny: true, Address.AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => IPAddress.IPv6Loopback,
            { IsAny: true } => IPAddress.Loopback,
            var listen => listen.Address,
        };
        return new UriBuilder(hub.Tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, address.ToString(), hub.Listen.Port).Uri;
    }

    private async Task StartedAsync(CancellationToken stop)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stop);
    }
}
