using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>
/// A copy of the agent whose supervisors wait before a gate. The agent itself starts as it is; once it has looked up its
/// own path, at its first execution, something that waits stands there.
/// </summary>
internal sealed class GatedProgram
{
    private readonly string _real;
    private readonly string _gate;

    public GatedProgram(string folder)
    {
        CopyTo(BuiltPrograms.AgentFolder, folder);
        Path = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(BuiltPrograms.Agent));
        _real = Path + ".real";
        _gate = Path + ".gate";
        File.Copy(Path, _real);
    }

    /// <summary>What to start.</summary>
    public string Path { get; }

    /// <summary>From now on a supervisor waits until the gate is opened.</summary>
    public void Shut()
    {
        var waiting = Path + ".waiting";

        // Not a shell, which would unblock the signals that the agent has blocked for its supervisor.
        File.WriteAllText(waiting, $"#!/usr/bin/perl\nselect undef, undef, undef, 0.02 until -e '{_gate}';\nexec '{_real}', @ARGV;\n");
        File.SetUnixFileMode(waiting, File.GetUnixFileMode(_real));
        File.Move(waiting, Path, overwrite: true);
    }

    public void Open() => File.WriteAllText(_gate, "");

    /// <summary>The agent's program without a gate.</summary>
    public string Real => _real;

    private static void CopyTo(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            CopyTo(folder, System.IO.Path.Combine(to, System.IO.Path.GetFileName(folder)));
        }
    }
}
