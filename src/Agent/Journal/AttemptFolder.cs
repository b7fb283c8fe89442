using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// What is on disk of one attempt: the only thing that agent and supervisor share. Each file has one
/// writer at a time: the holder of <c>lock</c> for start, end and output; the agent for the rest.
/// </summary>
internal sealed class AttemptFolder(string path)
{
    // Room on a full disk for what has to be written of an attempt that was claimed. End and tombstone hold a message for people.
    private const int SmallReserveBytes = 4 * 1024;
    private const int LargeReserveBytes = 8 * 1024;
    private const string LeavingSuffix = ".leaving";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    public string Path { get; } = path;

    public string ScriptPath => In("script");

    public string WorkPath => In("work");

    public string SocketName => "sock";

    private string AbandonedPath => In("abandoned");

    /// <summary>Makes the folder, room for its later records, and the claim, and returns when both would survive a loss of power.</summary>
    /// <exception cref="IOException">It could not be written: nothing may start.</exception>
    public void Claim(ClaimRecord claim)
    {
        Directory.CreateDirectory(Path, Private);
        File.WriteAllBytes(In("lock"), []);
        ReserveStart();
        DurableFile.Reserve(In("end"), LargeReserveBytes);
        DurableFile.Reserve(ReportedPath, SmallReserveBytes);
        DurableFile.Reserve(TombstonePath, LargeReserveBytes);
        DurableFile.Write(ClaimPath, claim);
        DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
    }

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

    /// <summary>Lets another user pass through to a file whose path it knows.</summary>
    public void LetOthersPass()
    {
        var attempts = System.IO.Path.GetDirectoryName(Path)!;
        foreach (var folder in (string[])[Path, attempts, System.IO.Path.GetDirectoryName(attempts)!])
            File.SetUnixFileMode(folder, Passable);
    }

    /// <summary>Bytes that it takes on disk, with what the script has left in its private folder.</summary>
    public long MeasureBytes() =>
        new DirectoryInfo(Path).EnumerateFiles("*", Everything).Sum(file => file.Length);

    /// <summary>Takes the folder away at once, so that no part of it is ever found for the whole.</summary>
    public void Delete()
    {
        var leaving = Path + LeavingSuffix;
        if (Directory.Exists(Path))
            Directory.Move(Path, leaving);
        if (Directory.Exists(leaving))
            Directory.Delete(leaving, recursive: true);
    }

    /// <summary>The folder that this path is, or, if its deletion was cut off, was.</summary>
    public static AttemptFolder At(string path) =>
        new(path.EndsWith(LeavingSuffix, StringComparison.Ordinal) ? path[..^LeavingSuffix.Length] : path);

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
