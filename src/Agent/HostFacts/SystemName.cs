namespace TaskConsole.Agent.HostFacts;

/// <summary>The name that this machine gives itself, whole: <see cref="Environment.MachineName"/> ends at the first dot.</summary>
internal static class SystemName
{
    private const string Path = "/proc/sys/kernel/hostname";

    /// <summary>As the kernel tells it now, in its own case; what .NET knows where there is no /proc.</summary>
    public static string Read() => File.Exists(Path) ? File.ReadAllText(Path).Trim() : Environment.MachineName;
}
