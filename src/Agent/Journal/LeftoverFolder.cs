using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// What is on disk of processes that a script left running in the background when it ended. Its lock is held by the
/// supervisor that drains their output, for as long as any of them lives. The attempt itself is over, and let go
/// as any other.
/// </summary>
/// <param name="path">DATA/leftovers/ID.</param>
internal sealed class LeftoverFolder(string path)
{
    /// <summary>So many linger on a host at most; what is left running past it loses its pipes and its folder.</summary>
    public const int Most = 64;

    private const uint Private = 0b111_000_000;

    public string Path { get; } = path;

    /// <summary>The id of the attempt.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    public string SocketPath => System.IO.Path.Combine(Path, "sock");

    public bool Exists => Directory.Exists(Path);

    private string LockPath => System.IO.Path.Combine(Path, "lock");

    private string RecordPath => System.IO.Path.Combine(Path, "record");

    private string Parent => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Makes the folder and holds its lock; null when as many linger here as may.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileLock? TryBegin(LeftoverRecord record)
    {
        // Two that end at once must not both be the last that may.
        using var counting = FileLock.Take(System.IO.Path.Combine(Parent, "lock"));
        if (CountAlive() >= Most)
            return null;
        if (Libc.MakeDirectory(Path, Private) != 0)
            throw Libc.Failure(Path);
        var held = FileLock.Take(LockPath);
        DurableFile.Write(RecordPath, record);
        DurableFile.SyncFolder(Parent);
        return held;
    }

    // Some may have ended, and wait for the hub to hear of it.
    private int CountAlive()
    {
        var folders = Directory.EnumerateDirectories(Parent).Where(folder => !TreeRemover.IsLeaving(System.IO.Path.GetFileName(folder))).ToList();
        return folders.Count < Most ? folders.Count : folders.Count(folder => new LeftoverFolder(folder).IsHeld());
    }

    // One whose folder goes at this moment is held by nobody.
    private bool IsHeld()
    {
        try
        {
            using var held = TryLock();
            return held is null;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Says that all of them have ended, while the lock is still held.</summary>
    public void WriteEnd(LeftoverRecord record) => DurableFile.Write(RecordPath, record);

    public LeftoverRecord? Read() => DurableFile.ReadIfPossible(RecordPath, LeftoverRecord.Parser);

    /// <summary>Null while their supervisor is alive.</summary>
    /// <exception cref="IOException">There is no such folder (any more).</exception>
    public FileLock? TryLock() => FileLock.TryTake(LockPath);

    /// <summary>Takes the folder away.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool Delete() => new TreeRemover(Parent).Remove(Name, CancellationToken.None);
}
