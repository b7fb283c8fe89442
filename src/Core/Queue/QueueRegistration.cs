using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace TaskConsole.Core.Queue;

/// <summary>Adds the queue: who may be dispatched, and what holds the others.</summary>
internal static class QueueRegistration
{
    public static IServiceCollection AddQueue(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DispatchOptions>().Bind(configuration.GetSection(DispatchOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ReadableSecrets>();
        services.AddSingleton<QueueReader>();
        services.AddSingleton<HoldReader>();
        return services;
    }
}
