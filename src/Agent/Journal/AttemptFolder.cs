using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// What is on disk of one attempt: the only thing that agent and supervisor share. Each file has one
/// writer at a time: the holder of <c>lock</c> for start, end and output; the agent for the rest. The script's own
/// folder lies elsewhere (<see cref="WorkPath"/>), so that nothing that a script does there reaches a record.
/// </summary>
/// <param name="path">DATA/attempts/ID.</param>
internal sealed class AttemptFolder(string path)
{
    // Room on a full disk for what has to be written of an attempt that was claimed. End and tombstone hold a message for people.
    private const int SmallReserveBytes = 4 * 1024;
    private const int LargeReserveBytes = 8 * 1024;
    private const uint Private = 0b111_000_000;

    public string Path { get; } = path;

    /// <summary>The private folder of the script, which belongs to the user that it runs as.</summary>
    public string WorkPath => System.IO.Path.Combine(DataPath, "work", Name);

    public string ScriptPath => System.IO.Path.Combine(WorkPath, "script");

    /// <summary>Where the script begins, empty, unless it names another folder.</summary>
    public string FilesPath => System.IO.Path.Combine(WorkPath, "files");

    /// <summary>What the script has left running in the background.</summary>
    public LeftoverFolder Leftover => new(System.IO.Path.Combine(DataPath, "leftovers", Name));

    public string SocketPath => In("sock");

    private string Name => System.IO.Path.GetFileName(Path);

    private string DataPath => System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(Path))!;

    private string AbandonedPath => In("abandoned");

    /// <summary>Makes the folder, room for its later records, and the claim, and returns when both would survive a loss of power.</summary>
    /// <exception cref="IOException">It could not be written: nothing may start.</exception>
    public void Claim(ClaimRecord claim)
    {
        Make();
        using (FileLock.TryTake(In("lock")))
        {
            // The file is there from now on.
        }

        ReserveStart();
        DurableFile.Reserve(In("end"), LargeReserveBytes);
        DurableFile.Reserve(ReportedPath, SmallReserveBytes);
        DurableFile.Reserve(TombstonePath, LargeReserveBytes);
        DurableFile.Write(ClaimPath, claim);
        DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
    }

    /// <summary>Makes the folder anew for the holder of its lock, where a script of the same user has taken it away.</summary>
    /// <returns>The lock of the new folder, or null when another process was quicker.</returns>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileLock? Remake(ClaimRecord claim, StartRecord start)
    {
        Make();
        var held = TryLock();
        if (held is null)
            return null;
        DurableFile.Write(ClaimPath, claim);
        WriteStart(start);
        DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
        return held;
    }

    /// <summary>Whether the folder is there.</summary>
    public bool Exists => Directory.Exists(Path);

    /// <summary>Whether the folder should be there: false when the hub has let the attempt go, and when all of the agent's data is gone.</summary>
    public bool IsWanted => Directory.Exists(DataPath) && !File.Exists(System.IO.Path.Combine(DataPath, "tombstones", Name));

    /// <summary>Whether there is a claim, readable or not.</summary>
    public bool IsClaimed => File.Exists(ClaimPath);

    public string ClaimPath => In("claim");

    public string ReportedPath => In("reported");

    /// <summary>Beside this path the room for the tombstone is reserved.</summary>
    public string TombstonePath => In("tombstone");

    /// <summary>When the claim was written; the folder, if that is gone.</summary>
    public DateTimeOffset ClaimedAt => new(File.GetLastWriteTimeUtc(IsClaimed ? ClaimPath : Path));

    public ClaimRecord? ReadClaim() => DurableFile.Read(ClaimPath, ClaimRecord.Parser);

    /// <summary>Whether there is a start record, readable or not.</summary>
    public bool HasStart => File.Exists(In("start"));

    public StartRecord? ReadStart() => DurableFile.Read(In("start"), StartRecord.Parser);

    public void WriteStart(StartRecord start) => DurableFile.Write(In("start"), start);

    /// <summary>
    /// Says when and as what the script runs, once it does. Not synced: that it may run is on disk already, and a loss of
    /// power ends the script too.
    /// </summary>
    public void WriteRunning(StartRecord start) => DurableFile.WriteHint(In("start"), start);

    /// <summary>Makes sure that the next start record can be written.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    public void ReserveStart() => DurableFile.Reserve(In("start"), SmallReserveBytes);

    /// <summary>Whether there is an end record, readable or not.</summary>
    public bool HasEnd => File.Exists(In("end"));

    public EndRecord? ReadEnd() => DurableFile.Read(In("end"), EndRecord.Parser);

    public void WriteEnd(EndRecord end) => DurableFile.Write(In("end"), end);

    public ReportedRecord? ReadReported() => DurableFile.Read(ReportedPath, ReportedRecord.Parser);

    public void WriteReported(ReportedRecord reported) => DurableFile.Write(ReportedPath, reported);

    public AcknowledgedRecord ReadAcknowledged() =>
        DurableFile.ReadIfPossible(In("acknowledged"), AcknowledgedRecord.Parser) ?? new AcknowledgedRecord();

    public void WriteAcknowledged(AcknowledgedRecord acknowledged) => DurableFile.WriteHint(In("acknowledged"), acknowledged);

    /// <summary>Set, under the lock, by an agent that gave up on a supervisor which had not started anything.</summary>
    public bool IsAbandoned => File.Exists(AbandonedPath);

    public void Abandon() => DurableFile.Write(AbandonedPath, []);

    /// <summary>Null while a supervisor is alive.</summary>
    public FileLock? TryLock() => FileLock.TryTake(In("lock"));

    public FileLock Lock() => FileLock.Take(In("lock"));

    /// <summary>Bytes that records and output take on disk; an estimate that never fails.</summary>
    public long MeasureBytes() => TreeSize.Estimate(Path);

    /// <summary>Takes the folder away, at once under another name, so that no part of it is ever found for the whole.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool Delete() => new TreeRemover(System.IO.Path.GetDirectoryName(Path)!).Remove(Name, CancellationToken.None);

    private void Make()
    {
        var parent = System.IO.Path.GetDirectoryName(Path)!;
        if (Libc.MakeDirectory(Path, Private) == 0 || (Libc.MakeDirectory(parent, Private) == 0 && Libc.MakeDirectory(Path, Private) == 0))
            return;
        throw Libc.Failure(Path);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
