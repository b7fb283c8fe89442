using System.Globalization;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;

namespace TaskConsole.Swarm.Flood;

/// <summary>A real agent with its supervisors, as processes of this machine.</summary>
internal sealed class RealAgent : IAsyncDisposable
{
    private readonly string _data;
    private readonly ChildProcess _process;
    private IReadOnlyList<int> _supervisors = [];

    /// <param name="console">Where it connects.</param>
    /// <param name="number">Its place among the real ones.</param>
    /// <param name="niceness">Of it and all that it runs.</param>
    public RealAgent(ConsoleUnderLoad console, int number, int niceness)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"real-{number}");
        _data = Directory.CreateDirectory(Path.Combine(console.Folder, Name)).FullName;
        Counts = Path.Combine(console.Folder, $"{Name}.counts");
        _process = ChildProcess.Start(
            "/usr/bin/nice",
            ["-n", niceness.ToString(CultureInfo.InvariantCulture), BuiltPrograms.Agent, "--hub", console.Hub.AbsoluteUri, "--name", Name, "--data-dir", _data, "--stop-with-stdin"],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["TASKCONSOLE_JOIN_TOKEN"] = console.JoinToken },
            console.Folder);
    }

    public string Name { get; }

    /// <summary>Where its script tells how far it came.</summary>
    public string Counts { get; }

    public long ResidentBytes => ProcessFigures.ResidentBytes(_process.Id);

    /// <summary>Of all its supervisors together.</summary>
    public long SupervisorBytes => _supervisors.Sum(ProcessFigures.ResidentBytesIfAlive);

    public long BytesOnDisk => DiskUse.Of(_data);

    /// <summary>Looks which supervisors it has now.</summary>
    public void FindSupervisors() => _supervisors = [.. Processes.WithCommandLine(_data).Intersect(Processes.WithCommandLine("supervise"))];

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        foreach (var left in Processes.WithCommandLine(_data))
        {
            Signals.Send(left, Signal.Kill);
        }
    }
}
