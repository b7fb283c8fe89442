using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Outputs;

/// <summary>Adds output: what is kept of it, and how it is read.</summary>
internal static class OutputsRegistration
{
    public static IServiceCollection AddOutputs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutputOptions>().Bind(configuration.GetSection(OutputOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => new OutputReader(provider.GetRequiredService<ActDoor>(), provider.GetRequiredService<Store>()));
        return services;
    }
}
