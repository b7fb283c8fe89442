using BenchmarkDotNet.Attributes;
using TaskConsole.Core.Results;

namespace TaskConsole.Benchmarks;

/// <summary>Letting events into the pipeline: small ones, and bulk in turns; the baseline is a semaphore that knows no turns and no bytes.</summary>
[MemoryDiagnoser]
public class IntakeBenchmark
{
    private const int Events = 1_000;

    private readonly Sender[] _senders = [.. Enumerable.Range(0, Events).Select(_ => new Sender(Guid.NewGuid(), default))];
    private readonly SemaphoreSlim _semaphore = new(100, 100);
    private IntakeBudget _budget = null!;

    /// <summary>Of one event.</summary>
    [Params(512, 32 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void MakeBudget() => _budget = new IntakeBudget(maxCount: 100, maxBytes: 16L * 1024 * 1024);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public async Task Semaphore()
    {
        var waiting = new List<Task>(Events);
        foreach (var _ in _senders)
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
        foreach (var sender in _senders)
        {
            waiting.Add(_budget.TakeAsync(sender, Bytes, CancellationToken.None).AsTask());
        }

        for (var index = 0; index < Events; index++)
        {
            await waiting[index];
            _budget.Release(Bytes);
            _budget.EndTurn(_senders[index]);
        }
    }
}
