using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>A real agent, as a process of its own, with a data directory that outlives it.</summary>
public sealed class AgentProcess : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private AgentProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>The native file that <c>./test</c> has published; null: there is none.</summary>
    public static string? NativeProgram { get; } = Environment.GetEnvironmentVariable("TASKCONSOLE_TEST_AGENT") is { Length: > 0 } folder
        ? Path.Combine(folder, "TaskConsole.Agent")
        : null;

    /// <summary>The native file, which is what hosts run; else the agent that was built with these tests.</summary>
    public static string BuiltProgram { get; } = NativeProgram ?? Metadata("AgentProgram");

    public static AgentProcess Start(string hub, string dataDirectory, params string[] more) =>
        Start(new AgentLaunch { Hub = hub, DataDirectory = dataDirectory, Arguments = more });

    public static AgentProcess Start(AgentLaunch launch)
    {
        string[] line =
        [
            .. launch.Through, launch.Program ?? BuiltProgram,
            "--hub", launch.Hub, "--data-dir", launch.DataDirectory,
            .. Given("--name", launch.Name), .. Given("--label", launch.Label), .. launch.Arguments,
        ];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["TASKCONSOLE_JOIN_TOKEN"] = launch.JoinToken;
        start.Environment["LEAKED_FROM_AGENT"] = "must not reach a script";
        foreach (var (name, value) in launch.Environment)
            start.Environment[name] = value;
        var agent = new AgentProcess(Process.Start(start)!);
        agent._process.OutputDataReceived += (_, line) => agent.Append(line.Data);
        agent._process.ErrorDataReceived += (_, line) => agent.Append(line.Data);
        agent._process.BeginOutputReadLine();
        agent._process.BeginErrorReadLine();
        return agent;
    }

    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>As systemd ends it.</summary>
    public void Terminate() => Signals.Send(Pid, Signals.Term);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static string Metadata(string key) =>
        Path.GetFullPath(typeof(AgentProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == key).Value!);

    private static string[] Given(string option, string? value) => value is null ? [] : [option, value];

    private void Append(string? line)
    {
        lock (_log)
            _log.AppendLine(CultureInfo.InvariantCulture, $"{line}");
    }
}
