using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Adds tasks: composing, the ledgers through which every status changes, what people do and read.</summary>
internal static class TasksRegistration
{
    public static IServiceCollection AddTasks(this IServiceCollection services)
    {
        services.AddSingleton<CommandCatalog>();
        services.AddSingleton<TaskComposer>();
        services.AddSingleton<TaskLedgers>();
        services.AddSingleton<IReaction, WatcherReaction>();

        // Public services are made here: their constructors are internal, since the types that they need are.
        services.AddSingleton(provider => new TaskService(
            provider.GetRequiredService<ActDoor>(),
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<TaskLedgers>(),
            provider.GetRequiredService<TaskComposer>(),
            provider.GetRequiredService<CommandCatalog>(),
            provider.GetRequiredService<CancelDelivery>(),
            provider.GetRequiredService<TaskQueries>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TaskService>>()));
        services.AddSingleton(provider => new TaskActs(provider.GetRequiredService<IAccessPolicy>(), provider.GetRequiredService<Store>()));
        services.AddSingleton(provider => new TaskGroups(provider.GetRequiredService<ActDoor>(), provider.GetRequiredService<CommandCatalog>()));
        services.AddSingleton(provider => new TaskQueries(
            provider.GetRequiredService<ActDoor>(),
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<CommandCatalog>(),
            provider.GetRequiredService<HoldReader>(),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
