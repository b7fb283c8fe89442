using System.Diagnostics;
using System.Net;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Flood;

/// <summary>Short tasks for hosts that print nothing much, again and again: how long from the call that starts one until it is told to be complete.</summary>
internal sealed class OthersProbe(ConsoleUnderLoad console, long began)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly List<Sample> _delays = [];

    /// <summary>Milliseconds of the tasks that were started in a time.</summary>
    public IReadOnlyList<double> Between(double fromSeconds, double toSeconds)
    {
        lock (_delays)
        {
            return [.. _delays.Where(delay => delay.Seconds >= fromSeconds && delay.Seconds < toSeconds).Select(delay => delay.Value).Order()];
        }
    }

    /// <summary>The last one, milliseconds.</summary>
    public double Last
    {
        get
        {
            lock (_delays)
            {
                return _delays.Count == 0 ? double.NaN : _delays[^1].Value;
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            var task = await console.Api.PostAsync(
                "/tasks",
                new { name = "short", start = true, commands = new[] { new { script = new SwarmScript(20, 0, 0, Distinct: false).ToString() } }, targets = new { selector = "name~=sw-9*" } },
                HttpStatusCode.Created);
            var ended = await Wait.EachAsync(
                "a short task to end",
                async () => await console.Api.GetAsync($"/tasks/{task.Id()}"),
                answer => answer.Text("status") is "Completed" or "Failed" or "Canceled",
                Patience);
            if (ended.Text("status") != "Completed")
            {
                throw new InvalidOperationException($"A short task is {ended}. The console said: {console.Log}");
            }

            lock (_delays)
            {
                _delays.Add(new Sample(Stopwatch.GetElapsedTime(began, start).TotalSeconds, Stopwatch.GetElapsedTime(start).TotalMilliseconds));
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
