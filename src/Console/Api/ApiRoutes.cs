namespace TaskConsole.Console.Api;

/// <summary>Where REST is.</summary>
internal static class ApiRoutes
{
    /// <summary>Beginning of every path.</summary>
    public const string Root = "/api";

    /// <summary>Beginning of the first version's paths.</summary>
    public const string V1 = Root + "/v1";

    /// <summary>Beginning of SignalR's paths.</summary>
    public const string Live = "/hubs";

    /// <summary>Whether a request is one of REST.</summary>
    public static bool IsApi(this HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a request is one of SignalR.</summary>
    public static bool IsLive(this HttpRequest request) => request.Path.StartsWithSegments(Live, StringComparison.OrdinalIgnoreCase);
}
