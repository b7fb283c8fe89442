using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>A file system in memory of a few MiB, that can be filled and emptied.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    public string Path => _folder;

    private string Ballast => System.IO.Path.Combine(_folder, "ballast");

    public static async Task<SmallDisk> MountAsync(string folder, int mebibytes)
    {
        Directory.CreateDirectory(folder);
        await RunAsync("/usr/bin/mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0755", "tmpfs", folder);
        return new SmallDisk(folder);
    }

    /// <summary>Takes all that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives it back.</summary>
    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() => await RunAsync("/usr/bin/umount", "--lazy", _folder);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var process = ChildProcess.Start(program, arguments, new Dictionary<string, string>(StringComparer.Ordinal), "/");
        await using (process)
        {
            Assert.True(await process.ExitAsync(TimeSpan.FromSeconds(20)) == 0, $"{program} {string.Join(' ', arguments)}: {process.Output}");
        }
    }
}
