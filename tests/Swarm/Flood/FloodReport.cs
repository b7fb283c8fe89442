using System.Globalization;
using System.Net;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Flood;

/// <summary>What a flood came to: a table, the samples as CSV, and a plot.</summary>
internal sealed class FloodReport(
    FloodOptions options, double quietFrom, double from, double until, FloodSamples samples, OthersProbe probe, IReadOnlyList<RealAgent> real)
{
    private const int KeptBytes = 2 * 512 * 1024;

    /// <summary>A line of the download tells how much is left out.</summary>
    private const int MostOfLine = 100;

    /// <summary>A minute, and half of a flood that is shorter than two.</summary>
    private readonly double _warmUpSeconds = Math.Min(60, (until - from) / 2);
    private readonly List<string> _faults = [];
    private FloodCounts _control = new(0, [0]);
    private List<FloodCounts> _paced = [];

    /// <summary>How far the scripts had come when the flood ended; to be asked before anything is canceled.</summary>
    public void ReadScripts(ControlScript control)
    {
        _control = control.Counts;
        _paced = [.. real.SkipLast(1).Select(agent => FloodScript.Read(agent.Counts))];
    }

    /// <summary>Prints and writes it; 1 when something was not as it has to be whatever the machine.</summary>
    public async Task<int> WriteAsync(ConsoleUnderLoad console, IReadOnlyList<string> tasks, IReadOnlyList<JsonElement> ended, CancellationToken cancellationToken)
    {
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}; {options.Store}; {options.Agents} simulated and {real.Count} real agents for {until - from:0} s"));
        Console.WriteLine($"Slopes: least squares over the samples of each second from {_warmUpSeconds:0} s after the start of the flood to its end.");
        Console.WriteLine("| what | mean | least | most | slope in an hour |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        PrintTrend("console, resident memory, MiB", FloodSamples.ConsoleMemory);
        PrintTrend("console and database on disk, MiB", FloodSamples.ConsoleDisk);
        PrintTrend("largest real agent, resident memory, MiB", FloodSamples.AgentMemory);
        PrintTrend("largest supervisor, resident memory, MiB", FloodSamples.SupervisorMemory);
        PrintTrend("largest data directory of a real agent, MiB", FloodSamples.AgentDisk);
        PrintTrend("console, cores in use", FloodSamples.ConsoleCpu);
        Console.WriteLine();
        PrintDelays();
        PrintScripts();
        await CheckEndsAsync(console, tasks, ended);
        await WriteFilesAsync(cancellationToken);
        _faults.ForEach(fault => Console.WriteLine($"FAULT: {fault}"));
        return _faults.Count == 0 ? 0 : 1;
    }

    private Trend TrendOf(string column) => Trend.Of(samples.Series.Of(column), from + _warmUpSeconds, until);

    private void PrintTrend(string what, string column)
    {
        var trend = TrendOf(column);
        Tell($"| {what} | {trend.Mean:0.0} | {trend.Least:0.0} | {trend.Most:0.0} | {trend.Slope} |");
    }

    private void PrintDelays()
    {
        Tell($"Short tasks on {FloodOptions.Others} other hosts, from the call to Completed:");
        Tell($"| when | tasks | p50 | p95 | most |");
        Tell($"| --- | --- | --- | --- | --- |");
        foreach (var (name, delays) in new[] { ("before", probe.Between(quietFrom, from)), ("in the flood", probe.Between(from, until)), ("while it is canceled, 15 s", probe.Between(until, until + 15)), ("after", probe.Between(until + 15, double.MaxValue)) })
        {
            if (delays.Count > 0)
            {
                Tell($"| {name} | {delays.Count} | {At(delays, 0.5):0} ms | {At(delays, 0.95):0} ms | {delays[^1]:0} ms |");
            }
        }
    }

    private void PrintScripts()
    {
        var committed = samples.Series.Of(FloodSamples.Committed);
        var (first, last) = (committed.LastOrDefault(sample => sample.Seconds <= from + _warmUpSeconds), committed.LastOrDefault(sample => sample.Seconds <= until));
        Tell($"Committed and acknowledged: {(last.Value - first.Value) / (last.Seconds - first.Seconds):0.0} MiB/s.");
        Tell($"A block of 5,000 lines into a pipe that nobody delays: {_control.Lines} lines; a block took p50 {At(_control.BlockMilliseconds, 0.5):0.0} ms, p99 {At(_control.BlockMilliseconds, 0.99):0.0} ms, at most {_control.BlockMilliseconds[^1]:0} ms.");
        foreach (var paced in _paced)
        {
            Tell($"The same on a real agent: {paced.Lines} lines ({(double)paced.Lines / Math.Max(1, _control.Lines):P0}); p50 {At(paced.BlockMilliseconds, 0.5):0.0} ms, p99 {At(paced.BlockMilliseconds, 0.99):0.0} ms, at most {paced.BlockMilliseconds[^1]:0} ms.");
        }
    }

    private async Task CheckEndsAsync(ConsoleUnderLoad console, IReadOnlyList<string> tasks, IReadOnlyList<JsonElement> ended)
    {
        _faults.AddRange(ended.Where(task => task.Text("status") != "Canceled" || task.Progress("canceled") != task.Progress("total")).Select(task => $"a task of the flood is {task}"));
        foreach (var task in tasks.SkipLast(1))
        {
            var row = (await console.Api.CommandHostsAsync(task))[0];
            var (status, _, kept) = await console.Api.SendAsync(HttpMethod.Get, $"/command-hosts/{row.Id()}/output?stream=stdout");
            Tell($"Kept of a real script: {kept.Length} bytes.");
            if (status != HttpStatusCode.OK || kept.Length is < KeptBytes or > KeptBytes + MostOfLine)
            {
                _faults.Add($"{kept.Length} bytes are kept of {row}, not {KeptBytes} and a line");
            }
        }
    }

    private async Task WriteFilesAsync(CancellationToken cancellationToken)
    {
        var name = Path.Combine(options.Folder, options.LiveKibibytes is { } live ? string.Create(CultureInfo.InvariantCulture, $"flood-{options.Store}-{live}") : $"flood-{options.Store}");
        await samples.Series.WriteAsync($"{name}.csv", cancellationToken);
        var plot = new SvgPlot(
            string.Create(CultureInfo.InvariantCulture, $"{options.Agents + real.Count} agents print without end ({options.Store})"),
            [
                new PlotPanel("resident memory", "MiB", Line("console", FloodSamples.ConsoleMemory), Line("largest agent", FloodSamples.AgentMemory), Line("largest supervisor", FloodSamples.SupervisorMemory)),
                new PlotPanel("on disk", "MiB", Line("console and database", FloodSamples.ConsoleDisk), Line("largest agent", FloodSamples.AgentDisk)),
                new PlotPanel("a short task on other hosts", "ms", Line("to Completed", FloodSamples.OthersDelay)),
            ],
            new PlotSpan("flood", from, until));
        await File.WriteAllTextAsync($"{name}.svg", plot.Draw(), cancellationToken);
    }

    private PlotLine Line(string name, string column) => new(name, samples.Series.Of(column));

    private static double At(IReadOnlyList<double> ordered, double share) => ordered.Count == 0 ? double.NaN : ordered[(int)Math.Min(ordered.Count - 1, Math.Floor(ordered.Count * share))];

    private static void Tell(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
