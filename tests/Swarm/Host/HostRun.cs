using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Host;

/// <summary>
/// Real agents under a real console: what an execution costs in the agent and in the roles that it starts, how long commands take one
/// after the other, and what stays in memory. Several builds of the agent are measured in turn, so that the machine's hour is the same for all.
/// </summary>
internal sealed class HostRun(HostRunOptions options)
{
    /// <summary>A task has at most so many commands.</summary>
    private const int CommandsOfTask = 50;
    private const int CommandsInOrder = 20;
    private const int SyncedWrites = 3;
    private readonly RunLog _log = new();
    private readonly Dictionary<string, List<double>[]> _figures = [];
    private readonly List<string> _order = [];

    public static async Task<int> RunAsync(HostRunOptions options, CancellationToken cancellationToken)
    {
        var run = new HostRun(options);
        await using var console = await ConsoleUnderLoad.StartAsync("sqlite", tls: false, ("AgentHub__OfflineAfterSeconds", "30"));
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var agent = 0; agent < options.Agents.Count; agent++)
            {
                await run.MeasureAsync(console, agent, round, cancellationToken);
            }
        }

        run.Print();
        if (options.Json is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Options = options, Figures = run._figures }, Indented), cancellationToken);
        }

        return 0;
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private async Task MeasureAsync(ConsoleUnderLoad console, int which, int round, CancellationToken cancellationToken)
    {
        var program = options.Agents[which];
        var bare = await BareStart.MeasureAsync($"{program} --version", cancellationToken);
        Add("bare start (--version), CPU", "ms", which, bare.Cpu);
        Add("bare start (--version), wall", "ms", which, bare.Wall);
        Add("/bin/sh -c true, CPU", "ms", which, (await BareStart.MeasureAsync("/bin/sh -c true", cancellationToken)).Cpu);
        var synced = BareStart.SyncedWrite(console.Folder);
        Add("synced write", "ms", which, synced);

        var name = string.Create(CultureInfo.InvariantCulture, $"m{which}-{round}");
        await using (var agent = new MeasuredAgent(console, program, name))
        {
            var host = await OnlineAsync(console, name);
            // The first execution brings into memory what every later one uses.
            await RunAsync(console, host, 1, "true");
            await agent.QuietAsync();
            Add("agent resident, idle", "MiB", which, agent.ResidentBytes / (double)(1 << 20));
            var (own, children) = agent.Cpu;
            for (var left = options.Executions; left > 0; left -= CommandsOfTask)
            {
                await RunAsync(console, host, Math.Min(left, CommandsOfTask), "true");
            }

            await agent.QuietAsync();
            var (ownAfter, childrenAfter) = agent.Cpu;
            var roles = (childrenAfter - children).TotalMilliseconds / options.Executions;
            var ownCpu = (ownAfter - own).TotalMilliseconds / options.Executions;
            Add("execution, CPU of supervise, exec and script", "ms", which, roles);
            Add("execution, CPU of the agent", "ms", which, ownCpu);
            Add("execution, CPU on the host", "ms", which, roles + ownCpu);
            Add("roles / bare start", "x", which, roles / bare.Cpu);
            Add($"agent resident after {options.Executions} executions", "MiB", which, agent.ResidentBytes / (double)(1 << 20));
            var each = await RunAsync(console, host, CommandsInOrder, "true") / CommandsInOrder;
            Add($"each of {CommandsInOrder} commands in order, wall", "ms", which, each);
            Add("in order / (2 bare starts + 3 synced writes)", "x", which, each / ((2 * bare.Wall) + (SyncedWrites * synced)));
            await MeasureSupervisorAsync(console, agent, host, which);
        }

        if (options.Hosts > 0)
        {
            await MeasureManyAsync(console, which, round);
        }

        _log.Tell($"round {round + 1} of {options.Rounds}: {program}");
    }

    private async Task MeasureSupervisorAsync(ConsoleUnderLoad console, MeasuredAgent agent, string host, int which)
    {
        var task = await console.Api.PostAsync("/tasks", Task(host, 1, "echo on; exec sleep 600"), HttpStatusCode.Created);
        await console.Api.UntilAsync(task.Id(), "to run", seen => seen.Progress("running") == 1);
        var supervisor = agent.Supervisors[0];
        Add("supervisor, private and dirty", "MiB", which, PrivateDirty(supervisor) / (double)(1 << 20));
        Add("supervisor resident", "MiB", which, ProcessFigures.ResidentBytes(supervisor) / (double)(1 << 20));
        await console.Api.PostAsync($"/tasks/{task.Id()}/cancel");
        await console.Api.EndOfAsync(task.Id());
    }

    private async Task MeasureManyAsync(ConsoleUnderLoad console, int which, int round)
    {
        List<MeasuredAgent> agents = [];
        try
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"many{which}-{round}-");
            for (var i = 0; i < options.Hosts; i++)
            {
                agents.Add(new MeasuredAgent(console, options.Agents[which], string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}")));
            }

            var selector = $"name~={prefix}*";
            await Wait.UntilAsync(
                "all agents to be online",
                async () => (await console.Api.GetAsync($"/hosts/preview?selector={Uri.EscapeDataString(selector)}")).GetProperty("online").GetInt32() == options.Hosts,
                TimeSpan.FromMinutes(2));
            await WhereAsync(console, selector);
            List<double> times = [];
            var before = (Console: ProcessFigures.Cpu(console.Id), Agents: agents.Aggregate(TimeSpan.Zero, (sum, agent) => sum + agent.Cpu.Own + agent.Cpu.Children));
            const int repeats = 3;
            for (var i = 0; i < repeats; i++)
            {
                times.Add(await WhereAsync(console, selector));
            }

            foreach (var agent in agents)
            {
                await agent.QuietAsync();
            }

            var after = (Console: ProcessFigures.Cpu(console.Id), Agents: agents.Aggregate(TimeSpan.Zero, (sum, agent) => sum + agent.Cpu.Own + agent.Cpu.Children));
            Add($"hostname on {options.Hosts} agents, wall", "s", which, Quantile.Median(times));
            Add($"hostname on {options.Hosts} agents, CPU for each, console too", "ms", which, (after.Console - before.Console + after.Agents - before.Agents).TotalMilliseconds / options.Hosts / repeats);
        }
        finally
        {
            foreach (var agent in agents)
            {
                await agent.DisposeAsync();
            }
        }
    }

    /// <summary>Seconds.</summary>
    private static async Task<double> WhereAsync(ConsoleUnderLoad console, string selector)
    {
        var began = Stopwatch.GetTimestamp();
        var task = await console.Api.PostAsync("/tasks", new { name = "host", start = true, commands = new[] { new { script = "hostname" } }, targets = new { selector } }, HttpStatusCode.Created);
        await EndAsync(console, task.Id());
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Milliseconds from the call to the end of the task.</summary>
    private static async Task<double> RunAsync(ConsoleUnderLoad console, string host, int commands, string script)
    {
        var began = Stopwatch.GetTimestamp();
        var task = await console.Api.PostAsync("/tasks", Task(host, commands, script), HttpStatusCode.Created);
        await EndAsync(console, task.Id());
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static async Task EndAsync(ConsoleUnderLoad console, string task)
    {
        var ended = await Wait.EachAsync("the task to end", async () => await console.Api.GetAsync($"/tasks/{task}"), seen => seen.Text("status") is "Completed" or "Failed" or "Canceled", TimeSpan.FromMinutes(3));
        if (ended.Text("status") != "Completed")
        {
            throw new InvalidOperationException($"The task is {ended}.");
        }
    }

    private static object Task(string host, int commands, string script) => new
    {
        name = "host",
        start = true,
        commands = Enumerable.Repeat(new { script }, commands),
        targets = new { hostIds = new[] { host } },
    };

    private static async Task<string> OnlineAsync(ConsoleUnderLoad console, string name)
    {
        var found = default(JsonElement);
        await Wait.UntilAsync("the agent to be online", async () =>
        {
            var hosts = await console.Api.GetAsync($"/hosts?status=Online&search={name}");
            return hosts.GetProperty("total").GetInt32() == 1 && (found = hosts.GetProperty("items")[0]).ValueKind == JsonValueKind.Object;
        });
        return found.Id();
    }

    private static long PrivateDirty(int process) => File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/smaps_rollup"))
        .Where(line => line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);

    private void Add(string what, string unit, int which, double value)
    {
        var key = $"{what} ({unit})";
        if (!_figures.TryGetValue(key, out var figures))
        {
            _figures[key] = figures = [.. options.Agents.Select(_ => new List<double>())];
            _order.Add(key);
        }

        figures[which].Add(value);
    }

    private void Print()
    {
        Console.WriteLine();
        for (var i = 0; i < options.Agents.Count; i++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + i)}: {options.Agents[i]} ({new FileInfo(options.Agents[i]).Length / 1e6:0.0} MB)"));
        }

        var columns = string.Concat(options.Agents.Select((_, i) => $" {(char)('A' + i)}, median (least to most) |"));
        Console.WriteLine($"| what |{columns}{(options.Agents.Count > 1 ? " B / A |" : "")}");
        Console.WriteLine($"| --- |{string.Concat(Enumerable.Repeat(" --- |", options.Agents.Count + (options.Agents.Count > 1 ? 1 : 0)))}");
        foreach (var key in _order)
        {
            var cells = _figures[key].Select(values => string.Create(CultureInfo.InvariantCulture, $" {Quantile.Median(values):0.00} ({values.Min():0.00} to {values.Max():0.00}) |"));
            var ratio = options.Agents.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" {Quantile.Median(_figures[key][1]) / Quantile.Median(_figures[key][0]):0.00} |") : "";
            Console.WriteLine($"| {key} |{string.Concat(cells)}{ratio}");
        }
    }
}
