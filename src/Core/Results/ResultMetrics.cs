using System.Diagnostics.Metrics;

namespace TaskConsole.Core.Results;

/// <summary>What the result pipeline measures. Meter <c>TaskConsole.Core</c>.</summary>
internal sealed class ResultMetrics : IDisposable
{
    public const string MeterName = "TaskConsole.Core";

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly Histogram<int> _groupEvents;
    private readonly Histogram<long> _groupBytes;
    private readonly Histogram<double> _commit;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _setAside;
    private readonly Counter<long> _refused;
    private long _oldest;

    public ResultMetrics(IMeterFactory meters, IntakeBudget budget, TimeProvider time)
    {
        _time = time;
        _meter = meters.Create(MeterName);
        _meter.CreateObservableGauge("taskconsole.results.waiting", () => budget.Count, "{event}", "Events taken in and not committed.");
        _meter.CreateObservableGauge("taskconsole.results.waiting.bytes", () => budget.Bytes, "By", "Bytes of the events taken in and not committed.");
        _meter.CreateObservableGauge("taskconsole.results.oldest", Age, "s", "Age of the oldest event taken in and not committed; 0 when there is none.");
        _groupEvents = _meter.CreateHistogram<int>("taskconsole.results.group.events", "{event}", "Events of each committed group.");
        _groupBytes = _meter.CreateHistogram<long>("taskconsole.results.group.bytes", "By", "Bytes of each committed group.");
        _commit = _meter.CreateHistogram<double>("taskconsole.results.commit", "s", "How long each committed group took.");
        _failures = _meter.CreateCounter<long>("taskconsole.results.failures", "{transaction}", "Transactions that the store did not take.");
        _setAside = _meter.CreateCounter<long>("taskconsole.results.set_aside", "{event}", "Events that the store does not take although it takes others.");
        _refused = _meter.CreateCounter<long>("taskconsole.results.refused", "{event}", "Events about an attempt that is another host's or that nobody knows, by kind.");
    }

    /// <summary>Notes since when the oldest event waits; null: none does.</summary>
    public void Oldest(long? arrived) => Volatile.Write(ref _oldest, arrived ?? 0);

    public void Committed(int events, long bytes, TimeSpan took)
    {
        _groupEvents.Record(events);
        _groupBytes.Record(bytes);
        _commit.Record(took.TotalSeconds);
    }

    public void Failed() => _failures.Add(1);

    public void SetAside() => _setAside.Add(1);

    public void Refused(string kind) => _refused.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Dispose() => _meter.Dispose();

    private double Age() => Volatile.Read(ref _oldest) is var arrived && arrived == 0 ? 0 : _time.GetElapsedTime(arrived).TotalSeconds;
}
