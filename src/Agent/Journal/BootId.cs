namespace TaskConsole.Agent.Journal;

/// <summary>The kernel's id of this boot: another one means that nothing of before still runs.</summary>
internal static class BootId
{
    public static string Current { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
