using System.Diagnostics;
using System.Globalization;
using TaskConsole.Harness;

namespace TaskConsole.Swarm.Host;

/// <summary>What the start of a program costs that does nothing, and a write that is synced.</summary>
internal static class BareStart
{
    private const int Times = 40;

    /// <summary>CPU and wall time of one start, in milliseconds, as a shell that starts many sees it.</summary>
    public static async Task<(double Cpu, double Wall)> MeasureAsync(string commandLine, CancellationToken cancellationToken)
    {
        var script = string.Create(CultureInfo.InvariantCulture, $"i=0; while [ $i -lt {Times} ]; do {commandLine} </dev/null >/dev/null 2>&1; i=$((i+1)); done; cat /proc/$$/stat");
        var began = Stopwatch.GetTimestamp();
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var stat = await shell.StandardOutput.ReadToEndAsync(cancellationToken);
        await shell.WaitForExitAsync(cancellationToken);
        var wall = Stopwatch.GetElapsedTime(began);
        const int childrenUser = 13, childrenSystem = 14;
        const double millisecondsPerTick = 10;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[childrenUser], CultureInfo.InvariantCulture) + long.Parse(fields[childrenSystem], CultureInfo.InvariantCulture);
        return (ticks * millisecondsPerTick / Times, wall.TotalMilliseconds / Times);
    }

    /// <summary>Milliseconds for a small file written beside, synced, renamed, and its folder synced.</summary>
    public static double SyncedWrite(string folder)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Times; i++)
        {
            var path = Path.Combine(folder, "record");
            using (var file = new FileStream(path + ".new", FileMode.Create))
            {
                file.Write(new byte[200]);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".new", path, overwrite: true);
            using var place = FolderSync.Open(folder);
            FolderSync.Sync(place);
        }

        return Stopwatch.GetElapsedTime(began).TotalMilliseconds / Times;
    }
}
