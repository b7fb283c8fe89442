using System.Diagnostics.Metrics;

namespace TaskConsole.Core.Leadership;

/// <summary>What chores measure, each by the tag <c>chore</c>. Meter <c>TaskConsole.Core</c>.</summary>
internal sealed class ChoreMetrics : IDisposable
{
    private const string MeterName = "TaskConsole.Core";

    private readonly Meter _meter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _done;
    private readonly Counter<long> _failures;

    public ChoreMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _duration = _meter.CreateHistogram<double>("taskconsole.chore.duration", "s", "How long each call of a chore took.");
        _done = _meter.CreateCounter<long>("taskconsole.chore.done", "{thing}", "Things that a chore did.");
        _failures = _meter.CreateCounter<long>("taskconsole.chore.failures", "{call}", "Calls of a chore that failed.");
    }

    public void Record(string chore, TimeSpan duration) => _duration.Record(duration.TotalSeconds, Tag(chore));

    public void CountDone(string chore, int count) => _done.Add(count, Tag(chore));

    public void CountFailure(string chore) => _failures.Add(1, Tag(chore));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string chore) => new("chore", chore);
}
