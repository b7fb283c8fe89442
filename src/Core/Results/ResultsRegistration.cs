using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Results;

/// <summary>Adds the pipeline by which an agent's word reaches the store.</summary>
internal static class ResultsRegistration
{
    public static IServiceCollection AddResults(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<OutputPositions>();
        services.AddSingleton<ResultCommitter>();
        services.AddSingleton<StoreProbe>();
        services.AddSingleton(ResultPipeline.NewBudget());
        services.AddSingleton<ResultMetrics>();
        services.AddSingleton(provider => new ResultPipeline(
            provider.GetRequiredService<ResultCommitter>(),
            provider.GetRequiredService<StoreProbe>(),
            provider.GetRequiredService<ResultMetrics>(),
            provider.GetRequiredService<IntakeBudget>(),
            provider.GetRequiredService<IOptions<OutputOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ResultPipeline>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ResultPipeline>());
        return services;
    }
}
