namespace TaskConsole.Agent.Tests.Agents;

/// <summary>Programs of the host that a test needs.</summary>
public static class Tool
{
    /// <summary>Whether a program of this name is in PATH.</summary>
    public static bool IsInstalled(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));
}
