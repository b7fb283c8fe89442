using System.Diagnostics;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Flood;

/// <summary>Looks once a second at the console, the real agents, and the disk; memory and disk in MiB.</summary>
internal sealed class FloodSamples(ConsoleUnderLoad console, SwarmOfAgents flood, IReadOnlyList<RealAgent> real, OthersProbe probe, long began)
{
    public const string ConsoleMemory = "console_rss_mib";
    public const string ConsoleCpu = "console_cpu_cores";
    public const string ConsoleDisk = "console_disk_mib";
    public const string AgentMemory = "largest_agent_rss_mib";
    public const string SupervisorMemory = "largest_supervisor_rss_mib";
    public const string AgentDisk = "largest_agent_disk_mib";
    public const string Committed = "acknowledged_mib";
    public const string OthersDelay = "others_delay_ms";
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public TimeSeries Series { get; } = new(ConsoleMemory, ConsoleCpu, ConsoleDisk, AgentMemory, SupervisorMemory, AgentDisk, Committed, OthersDelay);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var (cpu, at) = (ProcessFigures.Cpu(console.Id), Stopwatch.GetTimestamp());
        while (!cancellationToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(cancellationToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (cpuNow, now) = (ProcessFigures.Cpu(console.Id), Stopwatch.GetTimestamp());
            Series.Add(
                Stopwatch.GetElapsedTime(began, now).TotalSeconds,
                ProcessFigures.ResidentBytes(console.Id) / MiB,
                (cpuNow - cpu) / Stopwatch.GetElapsedTime(at, now),
                console.BytesOnDisk / MiB,
                real.Max(agent => agent.ResidentBytes) / MiB,
                real.Max(agent => agent.SupervisorBytes) / MiB,
                real.Max(agent => agent.BytesOnDisk) / MiB,
                flood.OutputBytes / MiB,
                probe.Last);
            (cpu, at) = (cpuNow, now);
        }
    }
}
