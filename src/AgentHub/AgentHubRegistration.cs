using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace TaskConsole.AgentHub;

/// <summary>The door of the hub.</summary>
public static class AgentHubRegistration
{
    /// <summary>Adds the hub: gRPC service, sessions, the gateway that Core delivers through, and its certificates in <paramref name="dataDirectory"/>.</summary>
    public static IServiceCollection AddAgentHub(this IServiceCollection services, IConfiguration configuration, string dataDirectory) => services;

    /// <summary>Makes Kestrel listen on <c>AgentHub:Listen</c>, HTTP/2 alone, with TLS unless switched off.</summary>
    public static void ListenForAgents(this IWebHostBuilder webHost)
    {
    }

    /// <summary>Maps the gRPC service on the hub's port alone: the web's port answers 404 for it, and the hub's port nothing else.</summary>
    public static void MapAgentHub(this WebApplication app)
    {
    }
}
