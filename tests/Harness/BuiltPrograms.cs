using System.Reflection;

namespace TaskConsole.Harness;

/// <summary>Where the programs under test are, as built with these tests.</summary>
public static class BuiltPrograms
{
    /// <summary>The console's output folder; an agent of the same build is in its <c>agent</c>.</summary>
    public static string ConsoleFolder { get; } =
        typeof(BuiltPrograms).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == "ConsoleFolder").Value!;

    public static string Console { get; } = Path.Combine(ConsoleFolder, "TaskConsole.Console");

    /// <summary>The native agent that <c>./test</c> has published, which is what hosts run; else the one of the build.</summary>
    public static string AgentFolder { get; } = Environment.GetEnvironmentVariable("TASKCONSOLE_TEST_AGENT") is { Length: > 0 } native
        ? native
        : Path.Combine(ConsoleFolder, "agent");

    public static string Agent { get; } = Path.Combine(AgentFolder, "TaskConsole.Agent");
}
