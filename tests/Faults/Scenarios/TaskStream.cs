using TaskConsole.Faults.Lab;

namespace TaskConsole.Faults.Scenarios;

/// <summary>Starts random tasks, some of which are canceled, as long as it is let; so many are open at a time.</summary>
internal sealed class TaskStream(FaultLab lab, int seed, int open)
{
    // Faults go on meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Random _random = new(seed ^ 0x5EED);
    private readonly List<string> _hosts = [];

    /// <summary>Returns the tasks when all have ended; fails with the first that does not.</summary>
    /// <param name="over">No more tasks are started.</param>
    public async Task<IReadOnlyList<LabTask>> RunAsync(CancellationToken over)
    {
        foreach (var agent in lab.Fleet)
        {
            _hosts.Add(await agent.HostIdAsync());
        }

        List<LabTask> tasks = [];
        List<Task> running = [];
        while (!over.IsCancellationRequested)
        {
            tasks.Add(await StartAsync());
            running.Add(OneAsync(tasks[^1], cancels: _random.Next(8) == 0));
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
        var hosts = _random.Next(3) == 0 ? [_hosts[_random.Next(_hosts.Count)]] : _hosts;
        return LabTask.StartAsync(lab, hosts, scripts, new LabTaskOptions
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

    private static async Task OneAsync(LabTask task, bool cancels)
    {
        if (cancels)
        {
            await TryCancelAsync(task);
        }

        await task.EndedAsync(Patience);
    }

    // Whether it reached the console or not: both must end well.
    private static async Task TryCancelAsync(LabTask task)
    {
        try
        {
            await task.CancelAsync();
        }
        catch (Exception missed) when (missed is HttpRequestException or TaskCanceledException or Harness.UnexpectedAnswerException)
        {
            // The console was away, or the task has ended.
        }
    }
}
