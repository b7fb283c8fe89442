using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace TaskConsole.Core;

/// <summary>The door of Core.</summary>
public static class TaskEngine
{
    /// <summary>
    /// Adds the task engine. Needs Data Protection, an <see cref="Dispatch.IAgentGateway"/> and a <see cref="TimeProvider"/>
    /// from the host, and <see cref="MigrateStoreAsync"/> before the host starts.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">Sections Database, Dispatch, Output, Agents and the connection strings.</param>
    /// <param name="dataDirectory">Full path; holds the SQLite file.</param>
    public static IServiceCollection AddTaskEngine(this IServiceCollection services, IConfiguration configuration, string dataDirectory) =>
        throw new NotImplementedException();

    /// <summary>Brings the schema up to date; safe when several instances start at once.</summary>
    public static Task MigrateStoreAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
