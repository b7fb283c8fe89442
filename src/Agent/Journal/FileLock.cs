using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// An exclusive lock on a file, held until disposed or until this process is gone. It closes on exec, so
/// a child never keeps it.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const uint Private = 0b110_000_000;
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Null when another process holds it.</summary>
    public static FileLock? TryTake(string path) => Take(path, Libc.LockExclusive | Libc.LockNoWait);

    /// <summary>Waits for whoever holds it.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FileLock Take(string path) => Take(path, Libc.LockExclusive) ?? throw Libc.Failure(path);

    public void Dispose() => _file.Dispose();

    private static FileLock? Take(string path, int operation)
    {
        var file = Descriptors.Open(path, Libc.ReadWrite | Libc.Create | Libc.NoFollow, Private);
        if (Libc.Flock((int)file.DangerousGetHandle(), operation) == 0)
            return new FileLock(file);
        file.Dispose();
        return null;
    }
}
