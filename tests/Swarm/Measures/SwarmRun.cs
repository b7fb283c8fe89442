using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Measures;

/// <summary>One run: the bare hub with the swarm, then the console with the swarm, and each figure as a ratio.</summary>
internal sealed class SwarmRun(SwarmRunOptions options)
{
    /// <summary>Of a task, without its run: each takes a fraction of a second, and one sync more or less shows.</summary>
    private const int Creations = 9;

    /// <summary>Of the task that has many.</summary>
    private const int Commands = 20;

    /// <summary>What one attempt may send before it is acknowledged.</summary>
    private const int OutputBytes = 256 * 1024;

    private readonly List<Figure> _figures = [];
    private readonly RunLog _log = new();

    public static async Task<int> RunAsync(SwarmRunOptions options, CancellationToken cancellationToken)
    {
        var run = new SwarmRun(options);
        var bare = await new BareRun(options, run._log).RunAsync(cancellationToken);
        await run.MeasureConsoleAsync(bare, cancellationToken);
        run.Print();
        if (options.Json is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Machine = Machine(), Options = options, Bare = bare, Figures = run._figures }, Indented), cancellationToken);
        }

        return 0;
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private async Task MeasureConsoleAsync(BareFigures bare, CancellationToken cancellationToken)
    {
        await using var console = await ConsoleUnderLoad.StartAsync(options.Store, options.Tls);
        var enrolling = Stopwatch.GetTimestamp();
        await using var swarm = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, options.Agents, options.Addresses, options.StreamsPerConnection);
        _log.Tell($"console on {options.Store}: {options.Agents} agents enrolled in {Stopwatch.GetElapsedTime(enrolling).TotalSeconds:0.0} s");
        await console.KillAsync();
        await console.RestartAsync();
        var before = ProcessFigures.ResidentBytes(console.Id);
        var connect = await swarm.ConnectAsync();
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var memory = (ProcessFigures.ResidentBytes(console.Id) - before) / (double)options.Agents;
        _log.Tell($"console: connected in {connect.TotalSeconds:0.00} s, {memory / 1024:0.0} KiB each");
        Add(Figure.Against("hub memory per connected agent", memory / 1024, "KiB", bare.MemoryBytes / 1024, 2, 1.25));

        foreach (var (what, measure) in new (string, Func<Task>)[]
        {
            ("tasks", () => MeasureTasksAsync(console, swarm, bare)),
            ("commands", () => MeasureCommandsAsync(console, swarm)),
            ("behaviours", async () => _log.Tell($"{await BehaviourTask.RunAsync(console, swarm.Count)}")),
            ("latency", () => MeasureLatencyAsync(console, swarm, bare)),
            ("idle", () => MeasureIdleAsync(console, bare, cancellationToken)),
            ("output", () => MeasureOutputAsync(console, swarm)),
            ("return", () => MeasureReturnAsync(console, swarm, bare)),
        })
        {
            if (options.Measure(what))
            {
                await measure();
            }
        }

        _log.Tell($"executes that came for a claimed attempt: {swarm.Repeats}");
    }

    private async Task MeasureTasksAsync(ConsoleUnderLoad console, SwarmOfAgents swarm, BareFigures bare)
    {
        List<double> runs = [];
        for (var round = 0; round < Yardstick.WarmUps + Yardstick.Rounds; round++)
        {
            var (task, created, _) = await CreateAsync(console);
            runs.Add(await RunAsync(console, task));
            _log.Tell($"task on {options.Agents} agents: created in {created:0} ms, Completed in {runs[^1]:0.00} s");
        }

        List<double> creations = [];
        List<double> inserts = [];
        for (var creation = 0; creation < Creations; creation++)
        {
            var (_, created, inserted) = await CreateAsync(console);
            creations.Add(created);
            inserts.Add(inserted);
        }

        _log.Tell($"creations: {Milliseconds(creations)}; bare inserts: {Milliseconds(inserts)}");
        var onMariaDb = options.Store == "mariadb";
        Add(Figure.Against($"task on {swarm.Count} agents, every result committed", Quantile.Median(runs[Yardstick.WarmUps..]), "s", bare.RoundSeconds, onMariaDb ? 4 : 3, onMariaDb ? 2 : 1.5));
        Add(Figure.Against($"create a task on {swarm.Count} hosts, to the answer", Quantile.Median(creations), "ms", Quantile.Median(inserts), 2, 1.3));
    }

    /// <summary>Whether an execution costs more when its task has many of them.</summary>
    private async Task MeasureCommandsAsync(ConsoleUnderLoad console, SwarmOfAgents swarm)
    {
        List<double> singles = [];
        for (var round = 0; round <= Yardstick.Rounds; round++)
        {
            singles.Add(await RunAsync(console, (await CreateAsync(console)).Task));
        }

        // The first warms up.
        var single = Quantile.Median(singles[1..]);
        var task = await console.Api.PostAsync("/tasks", TaskWhere("swarm=yes", Yardstick.Plain, start: false, Commands), System.Net.HttpStatusCode.Created);
        var ran = await RunAsync(console, task.Id()) / Commands;
        _log.Tell($"a task of one command ran {single:0.00} s, one of {Commands} commands {ran:0.00} s for each");
        Add(Figure.Against($"a command of a task of {Commands} on {swarm.Count} agents", ran, "s", single, 1.5, 1));
    }

    /// <summary>Seconds from its start to its end.</summary>
    private static async Task<double> RunAsync(ConsoleUnderLoad console, string task)
    {
        var began = Stopwatch.GetTimestamp();
        await console.Api.PostAsync($"/tasks/{task}/start");
        var ended = await EndAsync(console, task);
        var ran = Stopwatch.GetElapsedTime(began);
        return ended.Text("status") == "Completed" ? ran.TotalSeconds : throw new InvalidOperationException($"The task is {ended}. The console said: {console.Log}");
    }

    /// <summary>A task on all, and the bare insert of its rows; both in milliseconds.</summary>
    private static async Task<(string Task, double Created, double Inserted)> CreateAsync(ConsoleUnderLoad console)
    {
        var began = Stopwatch.GetTimestamp();
        var task = await console.Api.PostAsync("/tasks", TaskWhere("swarm=yes", Yardstick.Plain, start: false), System.Net.HttpStatusCode.Created);
        var created = Stopwatch.GetElapsedTime(began);
        await using var store = console.Bare;
        return (task.Id(), created.TotalMilliseconds, (await store.InsertCommandHostsAsync(task.Id())).TotalMilliseconds);
    }

    private async Task MeasureLatencyAsync(ConsoleUnderLoad console, SwarmOfAgents swarm, BareFigures bare)
    {
        var host = (await console.Api.GetAsync("/hosts?search=sw-00000")).GetProperty("items")[0].Id();
        List<double> latencies = [];
        for (var call = 0; call < Yardstick.Calls; call++)
        {
            var began = Stopwatch.GetTimestamp();
            var task = await console.Api.PostAsync("/tasks", TaskOn(host, Yardstick.Plain), System.Net.HttpStatusCode.Created);
            latencies.Add(Stopwatch.GetElapsedTime(began, await swarm.ArrivalAsync(task.Id())).TotalMilliseconds);
        }

        _log.Tell($"API call to agent: p50 {Quantile.Of(latencies, 0.5):0.0} ms, p99 {Quantile.Of(latencies, 0.99):0.0} ms");
        Add(Figure.Against("API call to agent receiving, idle, p99", Quantile.Of(latencies, 0.99), "ms", bare.RoundTripP99Milliseconds, 20, 10));
    }

    private async Task MeasureIdleAsync(ConsoleUnderLoad console, BareFigures bare, CancellationToken cancellationToken)
    {
        var share = await ProcessFigures.IdleShareAsync(console.Id, options.Idle, cancellationToken);
        Add(new Figure($"idle cost of {options.Agents} agents, heartbeats every 15 s", share, "% of a core", bare.IdleShare, share, 10, 5));
    }

    private async Task MeasureOutputAsync(ConsoleUnderLoad console, SwarmOfAgents swarm)
    {
        List<double> bulks = [];
        List<double> rates = [];
        var agents = 0L;
        for (var round = 0; round < Yardstick.WarmUps + Yardstick.Rounds; round++)
        {
            // As much as a thousand agents: in a short one the disk's cache alone is measured.
            await using (var store = console.Bare)
            {
                bulks.Add(await store.InsertOutputAsync(1_000 * OutputBytes / SimulatedAttempt.FrameBytes, SimulatedAttempt.FrameBytes));
            }

            var began = Stopwatch.GetTimestamp();
            var task = await console.Api.PostAsync("/tasks", TaskWhere("name~=sw-00*", new SwarmScript(OutputBytes, 0, 0, Distinct: true), start: true), System.Net.HttpStatusCode.Created);
            var ended = await EndAsync(console, task.Id());
            agents = ended.Progress("total");
            rates.Add((double)agents * OutputBytes / Stopwatch.GetElapsedTime(began).TotalSeconds);
            _log.Tell($"output of {agents} agents: {ended.Text("status")}, {rates[^1] / (1 << 20):0.0} MiB/s (bulk insert {bulks[^1] / (1 << 20):0.0})");
        }

        Add(Figure.Against($"committed output, {agents} agents at once", Quantile.Median(rates[Yardstick.WarmUps..]) / (1 << 20), "MiB/s", Quantile.Median(bulks[Yardstick.WarmUps..]) / (1 << 20), 0.4, 0.6, moreIsBetter: true));
    }

    private async Task MeasureReturnAsync(ConsoleUnderLoad console, SwarmOfAgents swarm, BareFigures bare)
    {
        await console.KillAsync();
        await Wait.UntilAsync("the swarm to notice", () => Task.FromResult(swarm.Connected == 0));
        await console.RestartAsync();
        var back = await swarm.ConnectedAsync(Stopwatch.GetTimestamp());
        Add(Figure.Against($"{options.Agents} agents back after a kill -9 of the hub", back.TotalSeconds, "s", bare.ConnectSeconds, 3, 2));
    }

    private static async Task<JsonElement> EndAsync(ConsoleUnderLoad console, string task) =>
        await Wait.EachAsync(
            "the task to end",
            async () => await console.Api.GetAsync($"/tasks/{task}"),
            answer => answer.Text("status") is "Completed" or "Failed" or "Canceled",
            TimeSpan.FromMinutes(5));

    private static object TaskWhere(string selector, SwarmScript script, bool start, int commands = 1) => new
    {
        name = "swarm",
        start,
        commands = Enumerable.Repeat(new { script = script.ToString() }, commands),
        targets = new { selector },
    };

    private static object TaskOn(string host, SwarmScript script) => new
    {
        name = "swarm",
        start = true,
        commands = new[] { new { script = script.ToString() } },
        targets = new { hostIds = new[] { host } },
    };

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        _log.Tell($"{figure.What}: {figure.Value:0.00} {figure.Unit}, {figure.Ratio:0.00}: {figure.Verdict}");
    }

    private void Print()
    {
        Console.WriteLine();
        Console.WriteLine($"{Machine()}; {options.Agents} agents on {options.Store}");
        Console.WriteLine("| what | figure | bare | ratio | gate | goal | |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var figure in _figures)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {figure.What} | {figure.Value:0.00} {figure.Unit} | {figure.Baseline:0.00} | {figure.Ratio:0.00} | {figure.Gate} | {figure.Goal} | {figure.Verdict} |"));
        }
    }

    private static string Machine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, .NET {Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");

    private static string Milliseconds(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("0 ms", CultureInfo.InvariantCulture)));
}
