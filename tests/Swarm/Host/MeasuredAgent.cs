using System.Globalization;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;

namespace TaskConsole.Swarm.Host;

/// <summary>A native agent with its supervisors and scripts, as processes of this machine whose cost can be read.</summary>
internal sealed class MeasuredAgent : IAsyncDisposable
{
    private const double TicksPerSecond = 100;
    private readonly string _data;
    private readonly ChildProcess _process;

    public MeasuredAgent(ConsoleUnderLoad console, string program, string name)
    {
        Name = name;
        _data = Path.Combine(console.Folder, name);
        _process = ChildProcess.Start(
            program,
            ["--hub", console.Hub.AbsoluteUri, "--name", name, "--label", "measured=yes", "--data-dir", _data, "--stop-with-stdin"],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["TASKCONSOLE_JOIN_TOKEN"] = console.JoinToken },
            console.Folder);
    }

    public string Name { get; }

    public long ResidentBytes => ProcessFigures.ResidentBytes(_process.Id);

    /// <summary>CPU of the agent alone, and of all its children that have ended: supervisors, their exec roles, the scripts.</summary>
    public (TimeSpan Own, TimeSpan Children) Cpu
    {
        get
        {
            const int user = 11, system = 12, childrenUser = 13, childrenSystem = 14;
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (Ticks(user) + Ticks(system), Ticks(childrenUser) + Ticks(childrenSystem));

            TimeSpan Ticks(int place) => TimeSpan.FromSeconds(long.Parse(fields[place], CultureInfo.InvariantCulture) / TicksPerSecond);
        }
    }

    /// <summary>Supervisors of it that run now.</summary>
    public IReadOnlyList<int> Supervisors => [.. Processes.WithCommandLine(_data).Intersect(Processes.WithCommandLine("supervise"))];

    /// <summary>Until all supervisors have ended and are reaped, so that their cost is counted.</summary>
    public Task QuietAsync() => Wait.UntilAsync("the supervisors to end", () => Task.FromResult(Supervisors.Count == 0 && !HasChildren()));

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var left in Processes.WithCommandLine(_data))
        {
            Signals.Send(left, Signal.Kill);
        }
    }

    private bool HasChildren()
    {
        var id = _process.Id.ToString(CultureInfo.InvariantCulture);
        return Directory.EnumerateDirectories($"/proc/{id}/task").Any(thread => File.ReadAllText(Path.Combine(thread, "children")).Trim().Length > 0);
    }
}
