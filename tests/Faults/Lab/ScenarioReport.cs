using System.Collections.Concurrent;
using System.Globalization;

[assembly: AssemblyFixture(typeof(TaskConsole.Faults.Lab.ScenarioReport))]
[assembly: Xunit.v3.Parallelization(MaxThreads = 2)]

namespace TaskConsole.Faults.Lab;

/// <summary>Prints, at the end of the run, every scenario with its counts.</summary>
public sealed class ScenarioReport : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();

    internal void Add(string scenario, string store, Tally tally, TimeSpan took, bool passed) => _lines.Enqueue(string.Create(
        CultureInfo.InvariantCulture,
        $"{scenario,-78} {store,-8} {tally.Attempts,8} {tally.Started,8} {tally.NeverStarted,8} {tally.OutputBytes,10} {took.TotalSeconds,7:0.0}  {(passed ? "ok" : "FAILED")}"));

    public void Dispose()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"scenario",-78} {"store",-8} {"attempts",8} {"once",8} {"never",8} {"bytes",10} {"seconds",7}"));
        foreach (var line in _lines)
        {
            Console.WriteLine(line);
        }
    }
}
