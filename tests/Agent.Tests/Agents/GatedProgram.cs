using System.Globalization;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>
/// The agent's program in a folder of its own, whose later roles can be held back at a gate: a small script
/// takes the program's place after the agent itself has started.
/// </summary>
public sealed class GatedProgram : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly TemporaryFolder _folder = new();

    public GatedProgram()
    {
        var built = Path.GetDirectoryName(AgentProcess.BuiltProgram)!;
        foreach (var file in Directory.EnumerateFiles(built))
            File.Copy(file, In(Path.GetFileName(file)));
        foreach (var name in (string[])["supervisor", "last"])
            File.Copy(AgentProcess.BuiltProgram, In(name));
    }

    /// <summary>What the agent is started from.</summary>
    public string Program => In(Path.GetFileName(AgentProcess.BuiltProgram));

    /// <summary>From now on supervisors wait for <see cref="LetSupervisorsGo"/>.</summary>
    public void HoldSupervisors() => PutGate(Program, "supervise", "supervisor");

    /// <summary>From now on what a supervisor that went through the gate starts waits for <see cref="LetScriptsGo"/>.</summary>
    public void HoldScripts() => PutGate(In("supervisor"), "exec", "last");

    /// <summary>Returns the pid of the supervisor at the gate.</summary>
    public Task<int> SupervisorWaitsAsync() => WaitsAsync("supervise");

    /// <summary>Returns the pid of what will become the script.</summary>
    public Task<int> ScriptWaitsAsync() => WaitsAsync("exec");

    public void LetSupervisorsGo() => File.WriteAllText(In("supervise.go"), "");

    public void LetScriptsGo() => File.WriteAllText(In("exec.go"), "");

    public void Dispose() => _folder.Dispose();

    private async Task<int> WaitsAsync(string role)
    {
        var file = In(role + ".waits");
        var pid = await Eventually.SomethingAsync(
            () => File.Exists(file) && File.ReadAllText(file) is { } text && text.EndsWith('\n') ? text : null, $"{role} waits at the gate");
        return int.Parse(pid, CultureInfo.InvariantCulture);
    }

    private void PutGate(string program, string role, string behind)
    {
        var gate = program + ".gate";
        File.WriteAllText(
            gate,
            $"""
            #!/bin/sh
            if [ "$1" = {role} ]; then
              echo $$ > {In(role)}.waits
              while [ ! -e {In(role)}.go ]; do sleep 0.02; done
            fi
            exec {In(behind)} "$@"

            """);
        File.SetUnixFileMode(gate, Executable);
        File.Move(gate, program, overwrite: true);
    }

    private string In(string name) => Path.Combine(_folder.Path, name);
}
