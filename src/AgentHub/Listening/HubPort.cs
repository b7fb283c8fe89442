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

/// <summary>Keeps the ports apart, in front of everything else: the hub's port serves the agents' service alone, and no other port serves it.</summary>
internal sealed class HubPortGate : IStartupFilter
{
    private static readonly PathString Service = new("/taskconsole.agent.v1.AgentHub");

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, proceed) =>
        {
            var byHubPort = context.Features.Get<HubPortMark>() is not null;
            if (byHubPort == context.Request.Path.StartsWithSegments(Service, StringComparison.OrdinalIgnoreCase))
            {
                return proceed(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        next(app);
    };
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
