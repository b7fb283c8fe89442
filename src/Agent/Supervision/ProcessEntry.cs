using System.Globalization;

namespace TaskConsole.Agent.Supervision;

/// <summary>One line of the kernel's process table, from /proc/N/stat.</summary>
/// <param name="StartTime">In ticks since boot: with the pid it names one process for good.</param>
internal readonly record struct ProcessEntry(int Pid, int Parent, int Session, char State, ulong StartTime)
{
    /// <summary>Has ended and waits to be reaped.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Every process there is now.</summary>
    public static List<ProcessEntry> ReadAll()
    {
        List<ProcessEntry> entries = [];
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && TryRead(pid) is { } entry)
                entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Null when there is no such process (any more).</summary>
    public static ProcessEntry? TryRead(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The name is in parentheses and may hold anything; the fields follow the last one.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        const int state = 0, parent = 1, session = 3, startTime = 19;
        return new ProcessEntry(
            pid,
            int.Parse(fields[parent], CultureInfo.InvariantCulture),
            int.Parse(fields[session], CultureInfo.InvariantCulture),
            fields[state][0],
            ulong.Parse(fields[startTime], CultureInfo.InvariantCulture));
    }
}
