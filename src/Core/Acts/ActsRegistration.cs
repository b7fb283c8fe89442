using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace TaskConsole.Core.Acts;

/// <summary>Adds the door for acts.</summary>
internal static class ActsRegistration
{
    public static IServiceCollection AddActs(this IServiceCollection services)
    {
        services.TryAddSingleton<IAccessPolicy, OpenPolicy>();
        services.AddSingleton<ActDoor>();
        return services;
    }
}
