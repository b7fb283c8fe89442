using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Events;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Adds hosts: enrolment, sessions, presence, and what people do about hosts.</summary>
internal static class HostsRegistration
{
    public static IServiceCollection AddHosts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AgentsOptions>()
            .Bind(configuration.GetSection(AgentsOptions.Section))
            .Configure(options => options.OfflineAfterSeconds = configuration.GetValue("AgentHub:OfflineAfterSeconds", options.OfflineAfterSeconds))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<HeldDispatches>();
        services.AddSingleton<HostPresence>();
        services.AddSingleton<HostEnrolment>();
        services.AddSingleton<HostViews>();
        services.AddSingleton<ActiveKeys>();
        services.AddSingleton<SessionCommitter>();
        services.AddChore<PresenceWriter>();
        services.AddChore<PresenceRepair>();
        services.AddChore<PendingKeyExpiry>();

        // Public services are made here: their constructors are internal, since the types that they need are.
        services.AddSingleton(provider => new HostService(
            provider.GetRequiredService<ActDoor>(),
            provider.GetRequiredService<HostViews>(),
            provider.GetRequiredService<InstallationIdentity>(),
            provider.GetRequiredService<IAgentGateway>(),
            provider.GetRequiredService<DispatchSignal>(),
            provider.GetRequiredService<ILogger<HostService>>()));
        services.AddSingleton(provider => new HostSessions(
            provider.GetRequiredService<ActiveKeys>(),
            provider.GetRequiredService<SessionCommitter>(),
            provider.GetRequiredService<HostEnrolment>(),
            provider.GetRequiredService<HostPresence>(),
            provider.GetRequiredService<InstallationIdentity>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HostSessions>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ActiveKeys>());
        services.AddHostedService(provider => provider.GetRequiredService<HostSessions>());
        return services;
    }
}
