namespace TaskConsole.Console.Components;

/// <summary>The door of the pages.</summary>
public static class ConsolePages
{
    /// <summary>Adds what the pages need.</summary>
    public static IServiceCollection AddConsolePages(this IServiceCollection services) => services;

    /// <summary>Maps the pages and their assets.</summary>
    public static void MapConsolePages(this WebApplication app)
    {
    }
}
