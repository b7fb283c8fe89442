using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskConsole.Swarm.Agents;

/// <summary>When the executes of one task came to the agents of a worker; times by the machine's monotonic clock.</summary>
internal sealed record TaskArrivals(int Count, long First, long Last);

/// <summary>What a worker tells several times a second, one JSON object a line.</summary>
internal sealed record WorkerStatus(
    int Agents,
    int Connected,
    long ConnectedAt,
    long Sessions,
    long Started,
    long Repeats,
    long Acknowledged,
    long OutputBytes,
    long Refusals,
    IReadOnlyDictionary<string, TaskArrivals> Tasks);

/// <summary>Counts over all simulated agents of a worker.</summary>
internal sealed class SwarmCounts(int agents)
{
    private readonly ConcurrentDictionary<string, TaskArrivals> _tasks = new(StringComparer.Ordinal);
    private int _connected;
    private long _connectedAt;
    private long _sessions;
    private long _started;
    private long _repeats;
    private long _acknowledged;
    private long _outputBytes;
    private long _refusals;

    public void SessionBegan()
    {
        Interlocked.Increment(ref _sessions);
        if (Interlocked.Increment(ref _connected) == agents)
        {
            Interlocked.Exchange(ref _connectedAt, Stopwatch.GetTimestamp());
        }
    }

    public void SessionEnded() => Interlocked.Decrement(ref _connected);

    public void Arrived(string task)
    {
        Interlocked.Increment(ref _started);
        var now = Stopwatch.GetTimestamp();
        _tasks.AddOrUpdate(task, _ => new TaskArrivals(1, now, now), (_, seen) => new TaskArrivals(seen.Count + 1, seen.First, now));
    }

    public void Repeated() => Interlocked.Increment(ref _repeats);

    public void Acknowledged() => Interlocked.Increment(ref _acknowledged);

    public void OutputAcknowledged(long bytes) => Interlocked.Add(ref _outputBytes, bytes);

    public void Refused() => Interlocked.Increment(ref _refusals);

    public WorkerStatus Read() => new(
        agents,
        Volatile.Read(ref _connected),
        Interlocked.Read(ref _connectedAt),
        Interlocked.Read(ref _sessions),
        Interlocked.Read(ref _started),
        Interlocked.Read(ref _repeats),
        Interlocked.Read(ref _acknowledged),
        Interlocked.Read(ref _outputBytes),
        Interlocked.Read(ref _refusals),
        _tasks.ToDictionary(StringComparer.Ordinal));
}
