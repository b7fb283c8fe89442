using System.Globalization;

namespace TaskConsole.Swarm.Measures;

/// <summary>What /proc says of a process.</summary>
internal static class ProcessFigures
{
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory, bytes.</summary>
    public static long ResidentBytes(int process) => long.Parse(
        File.ReadLines($"/proc/{Text(process)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) * 1024;

    /// <summary>Resident memory, bytes; 0 when it has ended.</summary>
    public static long ResidentBytesIfAlive(int process)
    {
        try
        {
            return ResidentBytes(process);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return 0;
        }
    }

    /// <summary>CPU that it has used, of all cores.</summary>
    public static TimeSpan Cpu(int process)
    {
        var stat = File.ReadAllText($"/proc/{Text(process)}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
