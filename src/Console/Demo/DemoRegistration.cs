using TaskConsole.Console.Settings;

namespace TaskConsole.Console.Demo;

/// <summary><c>--demo N</c>.</summary>
internal static class DemoRegistration
{
    public static void AddDemoFleet(this IServiceCollection services, ConsoleSettings settings)
    {
        if (settings.DemoAgents > 0)
        {
            services.AddHostedService<DemoFleet>();
        }
    }
}
