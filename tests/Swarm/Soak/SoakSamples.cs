using System.Diagnostics;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Soak;

/// <summary>Looks at the console's memory: resident once a second, the managed heap now and then, after a full collection that it is asked for.</summary>
internal sealed class SoakSamples(ConsoleUnderLoad console, SwarmOfAgents swarm, TaskChurn tasks, long began)
{
    public const string Resident = "rss_mib";
    public const string LeastResident = "least_rss_of_minute_mib";
    public const string Heap = "heap_after_full_collection_mib";
    public const string Disk = "disk_mib";
    private const string Sessions = "sessions";
    private const string Tasks = "tasks";
    private const int SecondsBetweenCollections = 20;
    private const int SecondsOfMinute = 60;
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public TimeSeries Series { get; } = new(Resident, LeastResident, Heap, Disk, Sessions, Tasks);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var least = double.MaxValue;
        for (var sample = 1; !cancellationToken.IsCancellationRequested; sample++)
        {
            await ((Task)timer.WaitForNextTickAsync(cancellationToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var resident = ProcessFigures.ResidentBytes(console.Id) / MiB;
            least = Math.Min(least, resident);
            var heap = sample % SecondsBetweenCollections == 0 ? await ManagedHeap.CollectAsync(console.Id, CancellationToken.None) / MiB : double.NaN;
            var ofMinute = double.NaN;
            if (sample % SecondsOfMinute == 0)
            {
                (ofMinute, least) = (least, double.MaxValue);
            }

            Series.Add(Stopwatch.GetElapsedTime(began).TotalSeconds, resident, ofMinute, heap, console.BytesOnDisk / MiB, swarm.Sessions, tasks.Ended);
        }
    }
}
