using BenchmarkDotNet.Attributes;
using TaskConsole.Core.Results;

namespace TaskConsole.Benchmarks;

/// <summary>Letting events into the pipeline in turns; the baseline is a semaphore that knows no turns and no bytes.</summary>
[MemoryDiagnoser]
public class IntakeBenchmark
{
    private const int Events = 1_000;

    private readonly Guid[] _hosts = [.. Enumerable.Range(0, Events).Select(_ => Guid.NewGuid())];
    private readonly IntakeBudget _budget = new(maxCount: 100, maxBytes: 1 << 20);
    private readonly SemaphoreSlim _semaphore = new(100, 100);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task Semaphore()
    {
        var waiting = new List<Task>(Events);
        foreach (var _ in _hosts)
        {
            waiting.Add(_semaphore.WaitAsync());
        }

        foreach (var wait in waiting)
        {
            await wait;
            _semaphore.Release();
        }
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public async Task Budget()
    {
        var waiting = new List<Task>(Events);
        foreach (var host in _hosts)
        {
            waiting.Add(_budget.TakeAsync(host, 512, CancellationToken.None).AsTask());
        }

        foreach (var wait in waiting)
        {
            await wait;
            _budget.Release(512);
        }
    }
}
