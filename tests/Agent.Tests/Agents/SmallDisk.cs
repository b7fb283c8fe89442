using System.Diagnostics;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>A file system of a few MiB in memory, that can be filled to its last byte and emptied again.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Where an agent's data directory goes.</summary>
    public string DataDirectory => Path.Combine(_folder.Path, "data");

    private string Ballast => Path.Combine(_folder.Path, "ballast");

    /// <summary>Skips the test when it may not mount anything.</summary>
    public static SmallDisk Mount(int mebibytes)
    {
        var disk = new SmallDisk();
        var (status, said) = Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0711", "taskconsole-test", disk._folder.Path);
        if (status == 0)
            return disk;
        disk._folder.Dispose();
        Assert.Skip($"A tmpfs cannot be mounted here: {said}");
        return disk;
    }

    /// <summary>Leaves not a single byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // So much does not fit any more.
            }
        }

        Assert.Equal(0, new DriveInfo(_folder.Path).AvailableFreeSpace);
    }

    public void MakeRoom() => File.Delete(Ballast);

    public void Dispose()
    {
        // Lazily: a script may still have its folder here.
        _ = Run("umount", "--lazy", _folder.Path);
        _folder.Dispose();
    }

    private static (int Status, string Said) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
