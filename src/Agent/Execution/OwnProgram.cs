using System.Collections;

namespace TaskConsole.Agent.Execution;

/// <summary>This very program, as it is started again in another role.</summary>
internal static class OwnProgram
{
    /// <summary>The file to execute.</summary>
    public static string Path { get; } =
        Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");

    /// <summary>argv, from the program's name on. Started as <c>dotnet X.dll</c> it is run the same way again.</summary>
    public static IEnumerable<string> Arguments(params string[] role) =>
        System.IO.Path.GetFileName(Path) == "dotnet"
            ? [Path, System.IO.Path.Combine(AppContext.BaseDirectory, "TaskConsole.Agent.dll"), .. role]
            : [Path, .. role];

    /// <summary>Nothing but what the runtime needs to start. The diagnostics port is off: its socket would stay in /tmp.</summary>
    public static List<string> CleanEnvironment()
    {
        List<string> environment = ["DOTNET_EnableDiagnostics=0"];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal))
                environment.Add($"{name}={value}");
        }

        return environment;
    }
}
