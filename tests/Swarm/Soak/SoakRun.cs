using System.Diagnostics;
using System.Globalization;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Soak;

/// <summary>Agents come and go, tasks begin and end, pages and live views are opened and closed, for a bounded time; then the slope of the console's memory.</summary>
internal sealed class SoakRun(SoakOptions options)
{
    private const int LastLines = 20;

    private readonly long _began = Stopwatch.GetTimestamp();

    public static async Task<int> RunAsync(SoakOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Folder);
        await new SoakRun(options).RunAsync(cancellationToken);
        return 0;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var console = await ConsoleUnderLoad.StartAsync(options.Store, tls: false);
        await using var swarm = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, options.Agents, addresses: 0, streamsPerConnection: 1, flapsAfter: options.FlapsAfter);

        // What enrolment left in its heap does not count.
        await console.KillAsync();
        await console.RestartAsync();
        await swarm.BeginToConnectAsync();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(options.Duration);
        var tasks = new TaskChurn(console);
        var live = new LiveChurn(console, tasks);
        var pages = new PageChurn(console, tasks);
        var samples = new SoakSamples(console, swarm, tasks, _began);
        List<Task> parts = [tasks.RunAsync(ending.Token), live.RunAsync(ending.Token), pages.RunAsync(ending.Token), samples.RunAsync(ending.Token)];
        await foreach (var part in Task.WhenEach(parts).WithCancellation(CancellationToken.None))
        {
            if (part.IsFaulted)
            {
                await ending.CancelAsync();
                await Console.Error.WriteLineAsync($"It ends early. The console said last:{Environment.NewLine}{string.Join(Environment.NewLine, console.Log.Split('\n').TakeLast(LastLines))}");
            }
        }

        await Task.WhenAll(parts);
        Tell($"{options.Agents} agents on {options.Store}: {swarm.Sessions} sessions, {tasks.Ended} tasks, {live.Closed} live connections, {pages.Closed} pages in {Stopwatch.GetElapsedTime(_began).TotalMinutes:0.0} min");
        await ReportAsync(samples.Series, cancellationToken);
    }

    private async Task ReportAsync(TimeSeries series, CancellationToken cancellationToken)
    {
        Tell($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}. Slopes: least squares over the samples after the first {options.WarmUp.TotalMinutes:0.#} min.");
        Tell($"| what | samples | mean | least | most | slope in an hour |");
        Tell($"| --- | --- | --- | --- | --- | --- |");
        foreach (var (what, column) in new[]
        {
            ("managed heap after a full collection, MiB", SoakSamples.Heap),
            ("least resident memory of each minute, MiB", SoakSamples.LeastResident),
            ("resident memory, MiB", SoakSamples.Resident),
            ("data on disk, MiB", SoakSamples.Disk),
        })
        {
            var trend = Trend.Of(series.Of(column), options.WarmUp.TotalSeconds, double.MaxValue);
            Tell($"| {what} | {trend.Count} | {trend.Mean:0.0} | {trend.Least:0.0} | {trend.Most:0.0} | {trend.Slope} |");
        }

        var name = Path.Combine(options.Folder, $"soak-{options.Store}");
        await series.WriteAsync($"{name}.csv", cancellationToken);
        var plot = new SvgPlot(
            string.Create(CultureInfo.InvariantCulture, $"Leak soak, {options.Agents} agents ({options.Store})"),
            [
                new PlotPanel("console, resident memory", "MiB", new PlotLine("each second", series.Of(SoakSamples.Resident)), new PlotLine("least of a minute", series.Of(SoakSamples.LeastResident))),
                new PlotPanel("console, managed heap after a full collection", "MiB", new PlotLine("heap", series.Of(SoakSamples.Heap))),
                new PlotPanel("on disk, where history is kept", "MiB", new PlotLine("data", series.Of(SoakSamples.Disk))),
            ],
            new PlotSpan("warm-up", 0, options.WarmUp.TotalSeconds));
        await File.WriteAllTextAsync($"{name}.svg", plot.Draw(), cancellationToken);
    }

    private static void Tell(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
