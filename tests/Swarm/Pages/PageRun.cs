using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Pages;

/// <summary>The page of a task on all agents, in a real browser: how soon it is useful, how soon it tells the end, and whether it grows.</summary>
internal sealed class PageRun(PageRunOptions options)
{
    private const double GateMilliseconds = 2_000;
    private const double GoalMilliseconds = 1_000;
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(10);
    private readonly List<Figure> _figures = [];
    private readonly RunLog _log = new();

    public static async Task<int> RunAsync(PageRunOptions options, CancellationToken cancellationToken)
    {
        var run = new PageRun(options);
        var samples = await run.MeasureAsync(cancellationToken);
        IReadOnlyList<Growth> growth =
        [
            Growth.Of("JavaScript heap, MiB", samples, sample => sample.HeapBytes / (1 << 20)),
            Growth.Of("DOM nodes", samples, sample => sample.Nodes),
            Growth.Of("event listeners", samples, sample => sample.Listeners),
            Growth.Of("console's resident memory, MiB", samples, sample => sample.ConsoleBytes / (double)(1 << 20)),
        ];
        run.Print(growth);
        await run.WriteAsync(samples, growth, cancellationToken);
        return 0;
    }

    private async Task<IReadOnlyList<PageSample>> MeasureAsync(CancellationToken cancellationToken)
    {
        await using var console = await ConsoleUnderLoad.StartAsync("sqlite", tls: false);
        await using var swarm = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, options.Agents, options.Addresses, 1);

        // What enrolment left in its heap is not the page's.
        await console.KillAsync();
        await console.RestartAsync();
        await swarm.ConnectAsync();
        await using var visitor = await Visitor.SignInAsync(console.Log, options.Agents);
        _log.Tell($"{options.Agents} agents are connected, and a person has signed in");

        var quick = await CreateAsync(console, new SwarmScript(20, 0, 0, Distinct: false));
        await MeasurePaintAsync(visitor, "waits", $"/tasks/{quick}");
        await MeasureRunAsync(visitor, quick);
        await MeasurePaintAsync(visitor, "has succeeded", $"/tasks/{quick}");
        var failing = await CreateAsync(console, new SwarmScript(20, 0, 3, Distinct: false));
        await console.Api.PostAsync($"/tasks/{failing}/start");
        await console.Api.EndOfAsync(failing, TimeSpan.FromMinutes(2));
        await MeasurePaintAsync(visitor, "failed on all", $"/tasks/{failing}");
        await MeasurePaintAsync(visitor, "failed on all, same outputs", $"/tasks/{failing}?tab=groups");
        var distinct = await CreateAsync(console, new SwarmScript(200, 0, 0, Distinct: true));
        await console.Api.PostAsync($"/tasks/{distinct}/start");
        await console.Api.EndOfAsync(distinct, TimeSpan.FromMinutes(2));
        await MeasurePaintAsync(visitor, "every output another, same outputs", $"/tasks/{distinct}?tab=groups");
        return await MeasureOpenAsync(console, visitor, cancellationToken);
    }

    private async Task MeasurePaintAsync(Visitor visitor, string state, string path)
    {
        List<Paint> cold = [];
        List<Paint> warm = [];
        for (var round = 0; round < options.Rounds; round++)
        {
            var page = await visitor.NewPageAsync();
            cold.Add(await Visitor.PaintAsync(page, path));
            warm.Add(await Visitor.PaintAsync(page, path: null));
            if (options.Pictures is { } folder && round == 0)
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{state}.png"), Animations = Microsoft.Playwright.ScreenshotAnimations.Disabled });
            }

            await page.Context.DisposeAsync();
        }

        Add($"first useful paint, task {state}, empty cache", cold);
        Add($"first useful paint, task {state}, reload", warm);
    }

    /// <summary>Starts a task on its page, and waits until the page tells the end.</summary>
    private async Task MeasureRunAsync(Visitor visitor, string task)
    {
        var page = await visitor.NewPageAsync();
        await Visitor.PaintAsync(page, $"/tasks/{task}");
        var began = Stopwatch.GetTimestamp();
        await page.GetByTestId("start").ClickAsync();
        await page.Locator("[data-testid=task][data-status=Completed]").WaitForAsync();
        var told = Stopwatch.GetElapsedTime(began);
        await page.Locator("[data-testid=command-host]:not([data-status=Succeeded])").First.WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        _log.Tell($"from the click on Start to Completed on the page {told.TotalSeconds:0.00} s, to every row in sight {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        await page.Context.DisposeAsync();
    }

    /// <summary>A task whose hosts end evenly over the whole time, and a page that is open on it, scrolled and clicked.</summary>
    private async Task<IReadOnlyList<PageSample>> MeasureOpenAsync(ConsoleUnderLoad console, Visitor visitor, CancellationToken cancellationToken)
    {
        var task = await CreateAsync(console, new SwarmScript(20, (int)options.Open.TotalMilliseconds, 0, Distinct: false) { Spread = true });
        var page = await visitor.NewPageAsync();
        var open = await OpenPage.WatchAsync(page, console.Id);
        await Visitor.PaintAsync(page, $"/tasks/{task}");
        await page.GetByTestId("start").ClickAsync();
        await console.Api.UntilAsync(task, "to run on all", now => now.Progress("pending") + now.Progress("dispatched") == 0, TimeSpan.FromMinutes(2));
        _log.Tell($"task runs on {options.Agents} agents, which end one by one within {options.Open.TotalMinutes:0.#} min");
        await MeasurePaintAsync(visitor, "runs", $"/tasks/{task}");
        List<PageSample> samples = [];
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < options.Open)
        {
            await open.ReadAsync(samples.Count);
            await Task.Delay(SampleInterval, cancellationToken);
            var now = await open.SampleAsync();
            samples.Add(now);
            _log.Tell($"open {now.Seconds:0} s: heap {now.HeapBytes / (1 << 20):0.00} MiB, {now.Nodes} nodes, {now.Listeners} listeners, {now.Rows} rows, {now.ReceivedBytes / now.Seconds / 1024:0.0} KiB/s, console {now.ConsoleBytes >> 20} MiB, {now.ConsoleCpuSeconds / now.Seconds:0.00} cores");
        }

        await page.Context.DisposeAsync();
        return samples;
    }

    private static async Task<string> CreateAsync(ConsoleUnderLoad console, SwarmScript script)
    {
        var task = new { name = "page", commands = new[] { new { script = script.ToString(), timeoutSeconds = 7_200 } }, targets = new { selector = "swarm=yes" } };
        return (await console.Api.PostAsync("/tasks", task, System.Net.HttpStatusCode.Created)).Id();
    }

    private void Add(string what, List<Paint> paints)
    {
        double Median(Func<Paint, double> time) => Quantile.Median([.. paints.Select(time)]);
        var (median, most) = (Median(paint => paint.Useful), paints.Max(paint => paint.Useful));
        var figure = new Figure(what, median, "ms", null, median, GateMilliseconds, GoalMilliseconds);
        _figures.Add(figure);
        _log.Tell($"{what}: median {median:0} ms (answer {Median(paint => paint.Answer):0}, document {Median(paint => paint.Document):0}, circuit {Median(paint => paint.Circuit):0}), most {most:0} ms: {figure.Verdict}");
    }

    private void Print(IReadOnlyList<Growth> growth)
    {
        Console.WriteLine();
        Console.WriteLine("| what | median | gate | goal | |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (var figure in _figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {figure.What} | {figure.Value:0} ms | {figure.Gate} | {figure.Goal} | {figure.Verdict} |"));
        }

        Console.WriteLine();
        Console.WriteLine("| while open | after warm-up | at the end | slope a minute |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var line in growth)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {line.What} | {line.First:0.00} | {line.Last:0.00} | {line.PerMinute:0.000} |"));
        }
    }

    private async Task WriteAsync(IReadOnlyList<PageSample> samples, IReadOnlyList<Growth> growth, CancellationToken cancellationToken)
    {
        if (options.Json is { } json)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { Options = options, Figures = _figures, Growth = growth, Samples = samples }, Indented), cancellationToken);
        }

        if (options.Csv is { } csv)
        {
            var lines = samples.Select(now => string.Create(
                CultureInfo.InvariantCulture,
                $"{now.Seconds:0.0},{now.HeapBytes:0},{now.Nodes},{now.Listeners},{now.Rows},{now.ReceivedBytes},{now.ConsoleBytes},{now.ConsoleCpuSeconds:0.00}"));
            await File.WriteAllLinesAsync(csv, ["seconds,heap_bytes,nodes,listeners,rows,received_bytes,console_bytes,console_cpu_seconds", .. lines], cancellationToken);
        }
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };
}
