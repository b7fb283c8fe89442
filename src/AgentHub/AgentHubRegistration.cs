using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Enrolment;
using TaskConsole.AgentHub.Listening;
using TaskConsole.AgentHub.Metrics;
using TaskConsole.AgentHub.Sessions;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Leadership;

namespace TaskConsole.AgentHub;

/// <summary>The door of the hub.</summary>
public static class AgentHubRegistration
{
    /// <summary>The category in which gRPC logs calls that failed. The hub logs what matters of them, so it should be silent in every log.</summary>
    public const string GrpcCallCategory = "Grpc.AspNetCore.Server.ServerCallHandler";

    private const int MaxMessageBytes = 1024 * 1024;

    /// <summary>Adds the hub: gRPC service on a port of its own, sessions, the gateway that Core delivers through, and its certificates in <paramref name="dataDirectory"/>.</summary>
    public static IServiceCollection AddAgentHub(this IServiceCollection services, IConfiguration configuration, string dataDirectory)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IConfigureOptions<AgentHubOptions>>(new AgentHubSettings(configuration));
        services.AddOptions<AgentHubOptions>().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<AgentHubOptions>>().Value);
        services.AddSingleton<HubMetrics>();
        services.AddSingleton<IStartupFilter, HubPortGate<AgentHubService>>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<AgentHubOptions>();
            var address = options.Listen.IsAny ? null : options.Listen.Address;
            return new HubCertificates(options.Tls, address, Path.Combine(dataDirectory, "ca"), provider.GetRequiredService<TimeProvider>());
        });

        services.AddSingleton<StoreTrouble>();
        services.AddSingleton(provider => new ExecuteBudget(provider.GetRequiredService<AgentHubOptions>().SendQueueBytes));
        services.AddSingleton<Enroller>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<AgentHubOptions>();
            return new EnrolmentLimit(options.EnrolmentsPerMinute, options.EnrolmentsPerMinutePerAddress, provider.GetRequiredService<TimeProvider>());
        });

        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<LivenessProbe>();
        services.AddSingleton(provider => new HeartbeatSchedule(provider.GetRequiredService<AgentHubOptions>().Heartbeat, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Handshake>();
        services.AddSingleton<SessionRunner>();
        services.AddChore<SilenceSweep>();
        services.AddHostedService<SessionDrain>();
        services.AddSingleton<IAgentGateway, AgentGateway>();

        // gRPC logs an error with its stack for every request that it cannot parse, and anyone can send such; what fails
        // in the service itself is logged there.
        services.AddLogging(logging => logging.AddFilter(GrpcCallCategory, LogLevel.None));
        services.AddSingleton<AgentHubService>();
        services.AddGrpc().AddServiceOptions<AgentHubService>(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            grpc.MaxSendMessageSize = MaxMessageBytes;

            // A compressed message is unpacked before its size is checked: none is taken.
            grpc.CompressionProviders.Clear();
        });
        return services;
    }

    /// <summary>Makes Kestrel listen on <c>AgentHub:Listen</c>, HTTP/2 alone, with TLS unless switched off.</summary>
    public static void ListenForAgents(this IWebHostBuilder webHost) => webHost.ConfigureKestrel(AgentListener.Configure);
}
