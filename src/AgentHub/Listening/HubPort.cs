using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace TaskConsole.AgentHub.Listening;

/// <summary>Marks a connection that came in by the hub's endpoint. Kestrel shows it in the features of every request of that connection.</summary>
internal sealed class HubPortMark
{
    public static HubPortMark Instance { get; } = new();
}

/// <summary>
/// Keeps the ports apart, in front of everything else: the hub's port serves the agents' service alone, by a pipeline of its
/// own, and no other port serves it. What a request passes is kept as long as it lasts, and a session lasts for days.
/// </summary>
/// <typeparam name="TService">The agents' gRPC service.</typeparam>
internal sealed class HubPortGate<TService> : IStartupFilter
    where TService : class
{
    private static readonly PathString Service = new("/taskconsole.agent.v1.AgentHub");

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.MapWhen(
            static context => IsHubPort(context) && IsService(context),
            static hub => hub.UseRouting().UseEndpoints(static endpoints => endpoints.MapGrpcService<TService>()));
        app.MapWhen(
            static context => IsHubPort(context) || IsService(context),
            static stray => stray.Run(static context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }));
        next(app);
    };

    private static bool IsHubPort(HttpContext context) => context.Features.Get<HubPortMark>() is not null;

    private static bool IsService(HttpContext context) => context.Request.Path.StartsWithSegments(Service, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Marks the hub's connections and refuses more than the limit, before TLS costs anything.</summary>
internal sealed class HubConnectionGate(int limit)
{
    private int _open;

    public async Task AcceptAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > limit)
            {
                connection.Abort();
                return;
            }

            connection.Features.Set(HubPortMark.Instance);
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
