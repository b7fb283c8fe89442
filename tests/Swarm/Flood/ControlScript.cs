using TaskConsole.Harness;

namespace TaskConsole.Swarm.Flood;

/// <summary>The same script as the paced ones, with nobody behind its pipe who could be slow.</summary>
internal sealed class ControlScript(string folder) : IDisposable
{
    private readonly ChildProcess _process = ChildProcess.Start(
        "/usr/bin/setsid",
        ["/bin/sh", "-c", $"({FloodScript.Paced}) | cat >/dev/null"],
        new Dictionary<string, string>(StringComparer.Ordinal) { ["COUNTS"] = CountsIn(folder) },
        folder);

    /// <summary>How far it has come.</summary>
    public FloodCounts Counts => FloodScript.Read(CountsIn(folder));

    /// <summary>Ends the whole group: a shell does not take its children with it.</summary>
    public void Dispose() => Signals.Send(-_process.Id, Signal.Kill);

    private static string CountsIn(string folder) => Path.Combine(folder, "control.counts");
}
