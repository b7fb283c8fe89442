using TaskConsole.Faults.Lab;

namespace TaskConsole.Faults.Scenarios;

/// <summary>Starts random tasks, some of which are canceled, as long as it is let; so many are open at a time.</summary>
internal sealed class TaskStream(FaultLab lab, IReadOnlyList<string> hosts, int seed, int open)
{
    // Faults go on meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Random _random = new(seed ^ 0x5EED);

    /// <summary>One over the three agents of the lab; to be made before anything is broken.</summary>
    public static async Task<TaskStream> OnFleetAsync(FaultLab lab, int seed, int open)
    {
        List<string> hosts = [];
        foreach (var agent in lab.Fleet)
        {
            hosts.Add(await agent.HostIdAsync());
        }

        return new TaskStream(lab, hosts, seed, open);
    }

    /// <summary>Returns the tasks when all have ended; fails with the first that does not.</summary>
    /// <param name="over">No more tasks are started.</param>
    public async Task<IReadOnlyList<LabTask>> RunAsync(CancellationToken over)
    {
        List<LabTask> tasks = [];
        List<Task> running = [];
        while (!over.IsCancellationRequested)
        {
            tasks.Add(await StartAsync());
            running.Add(OneAsync(tasks[^1], _random.Next(8) == 0 ? TimeSpan.FromMilliseconds(_random.Next(4_000)) : null, _random.Next(2) == 0 ? hosts[_random.Next(hosts.Count)] : null));
            if (running.Count >= open)
            {
                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                await ended;
            }
        }

        await Task.WhenAll(running);
        return tasks;
    }

    private Task<LabTask> StartAsync()
    {
        var scripts = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => AnyScript()).ToList();
        var some = _random.Next(3) == 0 ? [hosts[_random.Next(hosts.Count)]] : hosts;
        return LabTask.StartAsync(lab, some, scripts, new LabTaskOptions
        {
            Retries = _random.Next(3),
            OnFailure = _random.Next(2) == 0 ? "Continue" : "StopHost",
            OfflineHosts = _random.Next(2) == 0 ? "Wait" : "Fail",
        });
    }

    private LabScript AnyScript() => _random.Next(6) switch
    {
        0 => LabScript.Quick,
        1 => LabScript.Printer(_random.Next(1, 50), exitCode: 1 + _random.Next(5)),
        < 4 => LabScript.Printer(_random.Next(1, 200), pauseMs: 100),
        _ => LabScript.Printer(_random.Next(200, 1_000), pauseMs: 40),
    };

    private static async Task OneAsync(LabTask task, TimeSpan? canceledAfter, string? onHost)
    {
        if (canceledAfter is { } time)
        {
            await Task.Delay(time);
            await TryCancelAsync(task, onHost);
        }

        await task.EndedAsync(Patience);
    }

    // Whether it reached the console or not: both must end well.
    private static async Task TryCancelAsync(LabTask task, string? onHost)
    {
        try
        {
            await task.CancelAsync(onHost);
        }
        catch (Exception missed) when (missed is HttpRequestException or TaskCanceledException or Harness.UnexpectedAnswerException)
        {
            // The console was away, or the task has ended.
        }
    }
}
