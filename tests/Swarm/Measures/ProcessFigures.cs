using System.Diagnostics;
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

    /// <summary>How much of a core it uses in that time, in percent, once it has been left alone for as long.</summary>
    /// <remarks>In the first minute the runtime still compiles what has become hot, and collects what connecting left.</remarks>
    public static async Task<double> IdleShareAsync(int process, TimeSpan time, CancellationToken cancellationToken)
    {
        await Task.Delay(time, cancellationToken);
        var (cpu, began) = (Cpu(process), Stopwatch.GetTimestamp());
        await Task.Delay(time, cancellationToken);
        return (Cpu(process) - cpu) / Stopwatch.GetElapsedTime(began) * 100;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
