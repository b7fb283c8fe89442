using System.Globalization;
using System.Text;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>What runs on this host now, from /proc.</summary>
public static class ProcessTable
{
    /// <summary>Processes with this text in their command line, zombies left out.</summary>
    public static List<int> WithArgument(string text) => [.. Pids().Where(pid => CommandLine(pid).Contains(text, StringComparison.Ordinal))];

    /// <summary>Processes of an attempt: whoever carries its id in the environment.</summary>
    public static List<int> Of(AttemptView attempt) =>
        [.. Pids().Where(pid => Read($"/proc/{Text(pid)}/environ").Contains($"TASKCONSOLE_COMMAND_HOST_ID={attempt.CommandHostId:D}", StringComparison.Ordinal))];

    public static IEnumerable<string> CommandLines() => Pids().Select(CommandLine);

    public static int SupervisorOf(AttemptView attempt) => WithArgument(attempt.FolderName).Single(pid => CommandLine(pid).Contains("supervise", StringComparison.Ordinal));

    /// <summary>Whether this process has not ended; a zombie has.</summary>
    public static bool IsAlive(int pid) => CommandLine(pid).Length > 0;

    /// <summary>What a descriptor leads to, such as <c>pipe:[4711]</c>.</summary>
    public static string? Descriptor(int pid, int number) => new FileInfo($"/proc/{Text(pid)}/fd/{Text(number)}").LinkTarget;

    /// <summary>What the open descriptors of a process lead to.</summary>
    public static List<string?> Descriptors(int pid) =>
        [.. Directory.EnumerateFiles($"/proc/{Text(pid)}/fd").Select(path => new FileInfo(path).LinkTarget)];

    /// <summary>Ends what tests left behind: supervisors of this data directory, and their scripts.</summary>
    public static void KillCarriersOf(string dataDirectory)
    {
        foreach (var pid in WithArgument(dataDirectory))
            Signals.Send(pid, Signals.Kill);
    }

    private static string CommandLine(int pid) => Read($"/proc/{Text(pid)}/cmdline");

    private static IEnumerable<int> Pids() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && pid != Environment.ProcessId);

    private static string Text(int pid) => pid.ToString(CultureInfo.InvariantCulture);

    private static string Read(string path)
    {
        try
        {
            return Encoding.Latin1.GetString(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
