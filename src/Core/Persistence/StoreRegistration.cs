using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Events;
using TaskConsole.Core.Persistence.Sqlite;
using TaskConsole.Core.Secrets;

namespace TaskConsole.Core.Persistence;

/// <summary>Adds the store and what is kept in it for the whole installation.</summary>
internal static class StoreRegistration
{
    /// <param name="services">Where to.</param>
    /// <param name="configuration">Section Database and the connection string.</param>
    /// <param name="dataDirectory">Full path; holds the SQLite file unless a connection string names another.</param>
    public static IServiceCollection AddStore(this IServiceCollection services, IConfiguration configuration, string dataDirectory)
    {
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
        services.AddSingleton<EventBus>();
        services.AddSingleton<StoreContexts>();
        services.AddSingleton<StoreMigrator>();
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<WriteAheadLog>();
        services.AddSingleton<Store>();
        services.AddSingleton<SecretVault>();
        services.AddSingleton<InstallationIdentity>();
        services.AddHostedService(provider => provider.GetRequiredService<WriteAheadLog>());
        return services;
    }
}
