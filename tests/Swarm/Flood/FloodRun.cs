using System.Globalization;
using System.Net;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Flood;

/// <summary>Agents that print without end, for a bounded time: what that does to memory, disk, the scripts, and everybody else.</summary>
internal sealed class FloodRun(FloodOptions options)
{
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(30);
    private readonly RunLog _log = new();

    public static async Task<int> RunAsync(FloodOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Folder);
        return await new FloodRun(options).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var console = await ConsoleUnderLoad.StartAsync(options.Store, tls: false, Settings());
        await using var flood = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, options.Agents, addresses: 0, streamsPerConnection: 1);
        await using var others = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, FloodOptions.Others, addresses: 0, streamsPerConnection: 1, firstOfAll: FloodOptions.FirstOther);

        // What enrolment left in its heap is not the flood's.
        await console.KillAsync();
        await console.RestartAsync();
        List<RealAgent> real = [.. Enumerable.Range(1, options.RealAgents).Select(number => new RealAgent(console, number, niceness: number == options.RealAgents ? 19 : 0))];
        try
        {
            await flood.ConnectAsync();
            await others.ConnectAsync();
            await Wait.UntilAsync("the real agents to be online", async () => (await console.Api.GetAsync("/hosts?status=Online&search=real-")).GetProperty("total").GetInt32() == real.Count);
            _log.Tell($"{flood.Count} simulated and {real.Count} real agents are connected, and {others.Count} others");
            return await MeasureAsync(console, flood, real, cancellationToken);
        }
        finally
        {
            foreach (var agent in real)
            {
                await agent.DisposeAsync();
            }
        }
    }

    private (string Name, string Value)[] Settings() => options.LiveKibibytes is { } kibibytes
        ? [("Output__LiveBytesPerSecond", (kibibytes * 1024).ToString(CultureInfo.InvariantCulture))]
        : [];

    private async Task<int> MeasureAsync(ConsoleUnderLoad console, SwarmOfAgents flood, List<RealAgent> real, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probe = new OthersProbe(console, _log.Began);
        var samples = new FloodSamples(console, flood, real, probe, _log.Began);
        var measuring = Task.WhenAll(probe.RunAsync(ending.Token), samples.RunAsync(ending.Token));
        var quietFrom = _log.Seconds + 5;
        await MayFailAsync(measuring, options.Quiet, cancellationToken);
        var heapBefore = await ManagedHeap.CollectAsync(console.Id, cancellationToken);

        var from = _log.Seconds;
        using var control = new ControlScript(console.Folder);
        var tasks = await StartAsync(console, real);
        await Wait.UntilAsync("everything to run", async () => (await RunningAsync(console, tasks)) == options.Agents + real.Count, TimeSpan.FromMinutes(5));
        foreach (var agent in real)
        {
            agent.FindSupervisors();
        }

        _log.Tell($"the flood runs; it took {_log.Seconds - from:0.0} s until all were seen to run");
        await MayFailAsync(measuring, options.Duration, cancellationToken);
        var until = _log.Seconds;
        var report = new FloodReport(options, quietFrom, from, until, samples, probe, real);
        report.ReadScripts(control);
        control.Dispose();
        foreach (var task in tasks)
        {
            await console.Api.PostAsync($"/tasks/{task}/cancel");
        }

        List<JsonElement> ended = [];
        foreach (var task in tasks)
        {
            ended.Add(await console.Api.EndOfAsync(task, TimeSpan.FromMinutes(5)));
        }

        _log.Tell($"canceled; the last one ended after {_log.Seconds - until:0.0} s");
        await MayFailAsync(measuring, Afterwards, cancellationToken);
        await ending.CancelAsync();
        await measuring;
        _log.Tell($"managed heap after a full collection: {heapBefore / MiB:0} MiB before the flood, {await ManagedHeap.CollectAsync(console.Id, cancellationToken) / MiB:0} MiB after it");
        return await report.WriteAsync(console, tasks, ended, cancellationToken);
    }

    private static async Task<List<string>> StartAsync(ConsoleUnderLoad console, List<RealAgent> real)
    {
        List<string> tasks = [];
        foreach (var agent in real)
        {
            tasks.Add(await TaskAsync(console, agent == real[^1] ? FloodScript.FlatOut : FloodScript.Paced, $"name~={agent.Name}", agent.Counts));
        }

        tasks.Add(await TaskAsync(console, new SwarmScript(0, 0, 0, Distinct: false, FloodOptions.BytesPerSecond).ToString(), "name~=sw-0*", counts: ""));
        return tasks;
    }

    private static async Task<string> TaskAsync(ConsoleUnderLoad console, string script, string selector, string counts) => (await console.Api.PostAsync(
        "/tasks",
        new { name = "flood", start = true, parameters = new { COUNTS = counts }, commands = new[] { new { script, timeoutSeconds = 86_400 } }, targets = new { selector } },
        HttpStatusCode.Created)).Id();

    private static async Task<int> RunningAsync(ConsoleUnderLoad console, IEnumerable<string> tasks)
    {
        var running = 0;
        foreach (var task in tasks)
        {
            running += (await console.Api.GetAsync($"/tasks/{task}")).Progress("running");
        }

        return running;
    }

    /// <summary>Lets time pass; throws when what measures meanwhile fails.</summary>
    private static async Task MayFailAsync(Task measuring, TimeSpan time, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(measuring, Task.Delay(time, cancellationToken)) == measuring)
        {
            await measuring;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
