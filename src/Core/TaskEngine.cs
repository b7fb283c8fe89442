using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core;

/// <summary>The door of Core.</summary>
public static class TaskEngine
{
    /// <summary>
    /// Adds the task engine. Needs Data Protection, an <see cref="IAgentGateway"/> and a <see cref="TimeProvider"/>
    /// from the host, and <see cref="MigrateStoreAsync"/> before the host starts.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">Sections Database, Dispatch, Output, Agents and the connection strings.</param>
    /// <param name="dataDirectory">Full path; holds the SQLite file.</param>
    public static IServiceCollection AddTaskEngine(this IServiceCollection services, IConfiguration configuration, string dataDirectory)
    {
        services.TryAddSingleton(TimeProvider.System);

        // What each room runs in the background starts in this order and stops in the reverse one.
        return services
            .AddStore(configuration, dataDirectory)
            .AddLeadership(dataDirectory)
            .AddActs()
            .AddTasks()
            .AddOutputs(configuration)
            .AddQueue(configuration)
            .AddHosts(configuration)
            .AddResults()
            .AddDispatch()
            .AddChoreRunner();
    }

    /// <summary>Brings the schema up to date; safe when several instances start at once.</summary>
    public static Task MigrateStoreAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<StoreMigrator>().MigrateAsync(cancellationToken);
}
