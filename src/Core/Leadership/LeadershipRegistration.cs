using Microsoft.Extensions.DependencyInjection;

namespace TaskConsole.Core.Leadership;

/// <summary>Adds leadership and chores.</summary>
public static class LeadershipRegistration
{
    /// <summary>Adds a chore, which <see cref="ChoreRunner"/> calls.</summary>
    public static IServiceCollection AddChore<T>(this IServiceCollection services)
        where T : class, IChore => services.AddSingleton<T>().AddSingleton<IChore>(provider => provider.GetRequiredService<T>());

    /// <summary>Adds the lease. To be added before every hosted service that writes, so that it is taken first and given up last.</summary>
    internal static IServiceCollection AddLeadership(this IServiceCollection services, string dataDirectory) => services
        .AddSingleton(_ => new InstanceIdentity(dataDirectory))
        .AddSingleton<LeaderLease>()
        .AddSingleton<ChoreMetrics>()
        .AddHostedService<LeadershipKeeper>();

    /// <summary>Adds the runner of chores. To be added after every hosted service that chores count on, so that it stops first.</summary>
    internal static IServiceCollection AddChoreRunner(this IServiceCollection services) => services.AddHostedService<ChoreRunner>();
}
