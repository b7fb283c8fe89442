using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Compare;

/// <summary>
/// What one task on all agents costs console and database: the revision before, this build, and the revision before once
/// more, in turn, round by round. The third says how far two measurements of the same lie apart.
/// </summary>
internal sealed class CompareRun(CompareOptions options)
{
    /// <summary>What this build may cost more.</summary>
    private const double Gate = 1.05;

    /// <summary>Two measurements of the same that lie further apart decide nothing.</summary>
    private const double MostSpread = 0.05;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>After the end of a task: what is still acknowledged, moved and collected belongs to it.</summary>
    private static readonly TimeSpan Tail = TimeSpan.FromSeconds(1);

    private readonly RunLog _log = new();

    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken) => await new CompareRun(options).RunAsync(cancellationToken) ? 0 : 1;

    private async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var revision = await BuiltRevision.BuildAsync(options.Revision);
        _log.Tell($"{options.Revision} is built");
        await using var before = await StartAsync(revision.Console);
        await using var after = await StartAsync(BuiltPrograms.Console);
        for (var round = 0; round < Yardstick.WarmUps; round++)
        {
            await MeasureAsync(before, cancellationToken);
            await MeasureAsync(after, cancellationToken);
        }

        List<TaskCost> first = [];
        List<TaskCost> second = [];
        List<TaskCost> again = [];
        for (var round = 1; round <= options.Rounds; round++)
        {
            first.Add(await MeasureAsync(before, cancellationToken));
            second.Add(await MeasureAsync(after, cancellationToken));
            again.Add(await MeasureAsync(before, cancellationToken));
            _log.Tell($"round {round}: before {first[^1]}, after {second[^1]}, before again {again[^1]}");
        }

        return await ReportAsync(first, second, again, cancellationToken);
    }

    private async Task<Side> StartAsync(string program)
    {
        var console = await ConsoleUnderLoad.StartAsync(program, options.Store, tls: false);
        var swarm = await SwarmOfAgents.StartAsync(console.Hub, console.JoinToken, options.Agents, options.Addresses, streamsPerConnection: 1);
        var connect = await swarm.ConnectAsync();
        _log.Tell($"{options.Agents} agents connected in {connect.TotalSeconds:0.0} s");
        return new Side(console, swarm);
    }

    private static async Task<TaskCost> MeasureAsync(Side side, CancellationToken cancellationToken)
    {
        var (cpu, began) = (side.Console.Cpu, Stopwatch.GetTimestamp());
        var task = await side.Console.Api.PostAsync(
            "/tasks",
            new { name = "compare", start = true, commands = new[] { new { script = Yardstick.Plain.ToString() } }, targets = new { selector = "swarm=yes" } },
            System.Net.HttpStatusCode.Created);
        var ended = await side.Console.Api.EndOfAsync(task.Id(), Patience);
        var took = Stopwatch.GetElapsedTime(began);
        if (ended.Text("status") != "Completed")
        {
            throw new InvalidOperationException($"The task is {ended}. The console said: {side.Console.Log}");
        }

        await Task.Delay(Tail, cancellationToken);
        return new TaskCost((side.Console.Cpu - cpu).TotalSeconds, took.TotalSeconds);
    }

    private async Task<bool> ReportAsync(List<TaskCost> before, List<TaskCost> after, List<TaskCost> again, CancellationToken cancellationToken)
    {
        var (cpu, wall) = (Compare(cost => cost.CpuSeconds), Compare(cost => cost.WallSeconds));
        Console.WriteLine();
        Console.WriteLine($"One task on {options.Agents} agents, {options.Store}, {options.Rounds} rounds; before: {options.Revision}");
        Console.WriteLine("| what | before | after | ratio | before against itself |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        Console.WriteLine(cpu.Line("CPU of console and database, s"));
        Console.WriteLine(wall.Line("from the call to Completed, s"));
        var holds = cpu.Ratio <= Gate;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CPU at most {Gate:0.00} x: {(holds ? "held" : "MISSED")}{(Math.Abs(cpu.Spread - 1) > MostSpread ? "; the same against itself lies further apart than 5 %: another hour" : "")}"));
        if (options.Json is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { options, before, after, again, cpu, wall }), cancellationToken);
        }

        return holds;

        Comparison Compare(Func<TaskCost, double> figure) =>
            new(Quantile.Median([.. before.Select(figure)]), Quantile.Median([.. after.Select(figure)]), Quantile.Median([.. again.Select(figure)]));
    }

    /// <summary>A console and its agents.</summary>
    private sealed record Side(ConsoleUnderLoad Console, SwarmOfAgents Swarm) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Swarm.DisposeAsync();
            await Console.DisposeAsync();
        }
    }

    /// <summary>What one task cost.</summary>
    private readonly record struct TaskCost(double CpuSeconds, double WallSeconds)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CpuSeconds:0.00} s CPU in {WallSeconds:0.00} s");
    }

    /// <summary>Medians of a figure.</summary>
    private sealed record Comparison(double Before, double After, double Again)
    {
        public double Ratio => After / Before;

        /// <summary>The same measured twice.</summary>
        public double Spread => Again / Before;

        public string Line(string what) => string.Create(CultureInfo.InvariantCulture, $"| {what} | {Before:0.00} | {After:0.00} | {Ratio:0.000} | {Spread:0.000} |");
    }
}
