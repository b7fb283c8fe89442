using System.Diagnostics;
using System.Globalization;
using TaskConsole.Harness;

namespace TaskConsole.Swarm.Measures;

/// <summary>All simulated agents of a run, in as many processes as their open files need.</summary>
internal sealed class SwarmOfAgents : IAsyncDisposable
{
    private const int MostOfOneProcess = 5_000;

    private readonly List<LineProcess> _workers = [];

    private SwarmOfAgents(int count) => Count = count;

    public int Count { get; }

    public int Connected => _workers.Sum(worker => worker.Status?.Connected ?? 0);

    public long Acknowledged => _workers.Sum(worker => worker.Status?.Acknowledged ?? 0);

    public long OutputBytes => _workers.Sum(worker => worker.Status?.OutputBytes ?? 0);

    /// <summary>Executes that came for an attempt that had been claimed.</summary>
    public long Repeats => _workers.Sum(worker => worker.Status?.Repeats ?? 0);

    /// <summary>Sessions that began, over all agents.</summary>
    public long Sessions => _workers.Sum(worker => worker.Status?.Sessions ?? 0);

    /// <summary>Starts the workers and waits until every agent is enrolled.</summary>
    public static async Task<SwarmOfAgents> StartAsync(Uri hub, string joinToken, int count, int addresses, int streamsPerConnection, int firstOfAll = 0, TimeSpan flapsAfter = default)
    {
        var swarm = new SwarmOfAgents(count);
        for (var first = 0; first < count; first += MostOfOneProcess)
        {
            swarm._workers.Add(LineProcess.Start(
                serverHeap: false,
                "agents", "--hub", hub.AbsoluteUri, "--join-token", joinToken, "--first", Text(firstOfAll + first), "--count", Text(Math.Min(MostOfOneProcess, count - first)),
                "--addresses", Text(addresses), "--streams-per-connection", Text(streamsPerConnection),
                "--flaps-after-seconds", flapsAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture)));
        }

        await Task.WhenAll(swarm._workers.Select(worker => worker.AnswerAsync(TimeSpan.FromMinutes(10))));
        return swarm;
    }

    /// <summary>Connects all; returns how long it took until the last was welcomed.</summary>
    public async Task<TimeSpan> ConnectAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await BeginToConnectAsync();
        return await ConnectedAsync(began);
    }

    /// <summary>Has all connect, and waits for none: those that flap may never be connected all at once.</summary>
    public async Task BeginToConnectAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.TellAsync("connect");
        }
    }

    /// <summary>How long it took from a moment until the last was welcomed.</summary>
    public async Task<TimeSpan> ConnectedAsync(long began)
    {
        await Wait.UntilAsync(
            "every agent to be connected",
            () => Task.FromResult(Connected == Count && _workers.TrueForAll(worker => worker.Status!.ConnectedAt >= began)),
            TimeSpan.FromMinutes(5));
        return Stopwatch.GetElapsedTime(began, _workers.Max(worker => worker.Status!.ConnectedAt));
    }

    /// <summary>When the first execute of a task came to an agent, by the machine's monotonic clock.</summary>
    public async Task<long> ArrivalAsync(string taskId)
    {
        var first = 0L;
        await Wait.UntilAsync("the execute to arrive", () => Task.FromResult(TryFind()));
        return first;

        bool TryFind()
        {
            foreach (var worker in _workers)
            {
                if (worker.Status?.Tasks.TryGetValue(taskId, out var arrivals) == true)
                {
                    first = arrivals.First;
                    return true;
                }
            }

            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
