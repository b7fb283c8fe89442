using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Access;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Events;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Persistence.Sqlite;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Secrets;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

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
        services.AddOptions<DispatchOptions>().Bind(configuration.GetSection(DispatchOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<OutputOptions>().Bind(configuration.GetSection(OutputOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<AgentsOptions>()
            .Bind(configuration.GetSection(AgentsOptions.Section))
            .Configure(options => options.OfflineAfterSeconds = configuration.GetValue("AgentHub:OfflineAfterSeconds", options.OfflineAfterSeconds))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<DatabaseOptions>()
            .Bind(configuration.GetSection(DatabaseOptions.Section))
            .Configure(options =>
            {
                options.ConnectionString = configuration.GetConnectionString("Database") ?? options.ConnectionString;
                if (options is { Provider: DatabaseProvider.Sqlite, ConnectionString: "" })
                {
                    options.ConnectionString = $"Data Source={Path.Combine(dataDirectory, "taskconsole.db")}";
                }
            });

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<EventBus>();
        services.AddSingleton<AccessPolicy>();
        services.AddSingleton<StoreContexts>();
        services.AddSingleton<StoreMigrator>();
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<WriteAheadLog>();
        services.AddSingleton<Store>();
        services.AddSingleton<SecretVault>();
        services.AddSingleton<InstallationIdentity>();
        services.AddSingleton<CommandCatalog>();
        services.AddSingleton<TaskComposer>();
        services.AddSingleton<OrderComposer>();
        services.AddSingleton<CancelDelivery>();
        services.AddSingleton<DispatchSignal>();
        services.AddSingleton<ReadableSecrets>();
        services.AddSingleton<QueueReader>();
        services.AddSingleton<HoldReader>();
        services.AddSingleton<DispatchClaim>();
        services.AddSingleton<OrderDelivery>();
        services.AddSingleton<HoldKeeper>();
        services.AddSingleton<UndeliveredOrders>();
        services.AddSingleton<HeldDispatches>();
        services.AddSingleton<HostPresence>();
        services.AddSingleton<HostEnrolment>();
        services.AddSingleton<HostViews>();
        services.AddSingleton<ActiveKeys>();
        services.AddSingleton<SessionCommitter>();
        services.AddSingleton<LedgerWork>();
        services.AddChore<DeadlineSweeper>();
        services.AddChore<PresenceWriter>();
        services.AddChore<PresenceRepair>();
        services.AddChore<PendingKeyExpiry>();
        services.AddSingleton<IDeadlineChore, TaskTimeoutChore>();
        services.AddSingleton<IDeadlineChore, UndeliverableChore>();
        services.AddSingleton<IDeadlineChore, LostChore>();
        services.AddSingleton<IDeadlineChore, ServerDeadlineChore>();
        services.AddSingleton<IDeadlineChore, RedeliveryChore>();
        services.AddSingleton<OutputPositions>();
        services.AddSingleton<ResultCommitter>();
        services.AddSingleton<StoreProbe>();
        services.AddMetrics();
        services.AddSingleton(ResultPipeline.NewBudget());
        services.AddSingleton<ResultMetrics>();

        // Public services are made here: their constructors are internal, since the types that they need are.
        services.AddSingleton(provider => new TaskService(
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<TaskComposer>(),
            provider.GetRequiredService<CommandCatalog>(),
            provider.GetRequiredService<DispatchSignal>(),
            provider.GetRequiredService<CancelDelivery>(),
            provider.GetRequiredService<TaskQueries>(),
            provider.GetRequiredService<AccessPolicy>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TaskService>>()));
        services.AddSingleton(provider => new TaskGroups(
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<CommandCatalog>(),
            provider.GetRequiredService<AccessPolicy>()));
        services.AddSingleton(provider => new TaskQueries(
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<CommandCatalog>(),
            provider.GetRequiredService<HoldReader>(),
            provider.GetRequiredService<AccessPolicy>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new OutputReader(provider.GetRequiredService<Store>(), provider.GetRequiredService<AccessPolicy>()));
        services.AddSingleton(provider => new HostService(
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<HostViews>(),
            provider.GetRequiredService<IAgentGateway>(),
            provider.GetRequiredService<DispatchSignal>(),
            provider.GetRequiredService<AccessPolicy>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HostService>>()));
        services.AddSingleton(provider => new HostSessions(
            provider.GetRequiredService<ActiveKeys>(),
            provider.GetRequiredService<SessionCommitter>(),
            provider.GetRequiredService<HostEnrolment>(),
            provider.GetRequiredService<HostPresence>(),
            provider.GetRequiredService<InstallationIdentity>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HostSessions>>()));
        services.AddSingleton(provider => new ResultPipeline(
            provider.GetRequiredService<ResultCommitter>(),
            provider.GetRequiredService<StoreProbe>(),
            provider.GetRequiredService<ResultMetrics>(),
            provider.GetRequiredService<IntakeBudget>(),
            provider.GetRequiredService<IOptions<OutputOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ResultPipeline>>()));

        services.AddHostedService(provider => provider.GetRequiredService<WriteAheadLog>());
        services.AddLeadership(dataDirectory);
        services.AddHostedService<StartupRecovery>();
        services.AddHostedService(provider => provider.GetRequiredService<ActiveKeys>());
        services.AddHostedService(provider => provider.GetRequiredService<HostSessions>());
        services.AddHostedService(provider => provider.GetRequiredService<ResultPipeline>());
        services.AddHostedService<Scheduler>();
        services.AddChoreRunner();
        return services;
    }

    /// <summary>Brings the schema up to date; safe when several instances start at once.</summary>
    public static Task MigrateStoreAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<StoreMigrator>().MigrateAsync(cancellationToken);
}
