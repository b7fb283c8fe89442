using System.Globalization;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.HostFacts;

/// <summary>How busy this machine is; the cpu's share is measured since the last sample.</summary>
internal sealed class HostLoadSampler
{
    private (long Busy, long Total) _last = ReadCpu();

    /// <summary>Cpu, memory and load average; what the agent itself holds is left at 0.</summary>
    public HostLoad Sample()
    {
        var now = ReadCpu();
        var (busy, total) = (now.Busy - _last.Busy, now.Total - _last.Total);
        _last = now;
        var memory = MemoryReader.Read();
        return new HostLoad
        {
            Cpu = total > 0 ? Math.Clamp((double)busy / total, 0, 1) : 0,
            Memory = memory.TotalBytes > 0 ? 1 - ((double)memory.AvailableBytes / memory.TotalBytes) : 0,
            Load1 = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        };
    }

    // The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks.
    private static (long Busy, long Total) ReadCpu()
    {
        const int idle = 3, waiting = 4, counted = 8;
        using var lines = File.ReadLines("/proc/stat").GetEnumerator();
        lines.MoveNext();
        var ticks = lines.Current.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(counted).Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        var total = ticks.Sum();
        return (total - ticks[idle] - ticks[waiting], total);
    }
}
