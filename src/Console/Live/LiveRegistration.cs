using TaskConsole.Console.Api;

namespace TaskConsole.Console.Live;

/// <summary>SignalR for other programs; the pages watch Core directly.</summary>
internal static class LiveRegistration
{
    private const string Path = "/hubs/tasks";

    public static void AddLiveViews(this IServiceCollection services)
    {
        services.AddSingleton<LiveConnections>();
        services.AddSignalR().AddJsonProtocol(options => ApiJson.Configure(options.PayloadSerializerOptions));
    }

    public static void MapLiveViews(this WebApplication app) => app.MapHub<TaskHub>(Path).RequireAuthorization();
}
