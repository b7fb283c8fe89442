using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// What is on disk of one attempt: the only thing that agent and supervisor share. Each file has one
/// writer at a time: the holder of <c>lock</c> for start, end and output; the agent for the rest.
/// </summary>
internal sealed class AttemptFolder(string path)
{
    // Room for the end record on a full disk.
    private const int ReserveBytes = 16 * 1024;
    private const string LeavingSuffix = ".leaving";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Path { get; } = path;

    public string ScriptPath => In("script");

    public string WorkPath => In("work");

    public string SocketName => "sock";

    private string AbandonedPath => In("abandoned");

    private string ReservePath => In("reserve");

    /// <summary>Makes the folder and the claim, and returns when both would survive a loss of power.</summary>
    /// <exception cref="IOException">It could not be written: nothing may start.</exception>
    public void Claim(ClaimRecord claim)
    {
        Directory.CreateDirectory(Path, Private);
        File.WriteAllBytes(ReservePath, new byte[ReserveBytes]);
        File.WriteAllBytes(In("lock"), []);
        DurableFile.Write(In("claim"), claim);
        DurableFile.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
    }

    /// <summary>Whether there is a claim, readable or not.</summary>
    public bool IsClaimed => File.Exists(In("claim"));

    public ClaimRecord? ReadClaim() => DurableFile.Read(In("claim"), ClaimRecord.Parser);

    public StartRecord? ReadStart() => DurableFile.Read(In("start"), StartRecord.Parser);

    public void WriteStart(StartRecord start) => DurableFile.Write(In("start"), start);

    public EndRecord? ReadEnd() => DurableFile.Read(In("end"), EndRecord.Parser);

    /// <summary>Gives the reserve back first when the disk is full.</summary>
    public void WriteEnd(EndRecord end)
    {
        try
        {
            DurableFile.Write(In("end"), end);
        }
        catch (IOException)
        {
            File.Delete(ReservePath);
            DurableFile.Write(In("end"), end);
        }
    }

    public ReportedRecord? ReadReported() => DurableFile.Read(In("reported"), ReportedRecord.Parser);

    public void WriteReported(ReportedRecord reported) => DurableFile.Write(In("reported"), reported);

    public AcknowledgedRecord ReadAcknowledged() =>
        DurableFile.Read(In("acknowledged"), AcknowledgedRecord.Parser) ?? new AcknowledgedRecord();

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

    /// <summary>Bytes that it takes on disk.</summary>
    public long MeasureBytes() =>
        new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.TopDirectoryOnly).Sum(file => file.Length);

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
