using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Where everything of the agent lies. One agent at a time has it. Nobody else reads, writes or locks anything in it;
/// only scripts of other users pass through to their own folder in <c>work</c>.
/// </summary>
internal sealed class DataDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const string WorkName = "work";

    /// <exception cref="UnsafePlaceException">Somebody else could read or change what is in it.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public DataDirectory(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        // Others may pass where the agent can become other users: it alone has scripts of theirs.
        var passes = Libc.EffectiveUserId() == 0;
        Directory.CreateDirectory(Path, passes ? Passable : Private);
        PrivatePlace.CheckFolder(Path, (uint)(passes ? Passable : Private));
        PrivatePlace.CheckInside(Path, WorkName);
        foreach (var folder in (string[])[AttemptsPath, TombstonesPath, LeftoversPath])
            Directory.CreateDirectory(folder, Private);
        Directory.CreateDirectory(WorkPath, passes ? Passable : Private);
        PrivatePlace.CheckFolder(WorkPath, (uint)(passes ? Passable : Private));
        if (passes)
        {
            File.SetUnixFileMode(Path, Passable);
            File.SetUnixFileMode(WorkPath, Passable);
        }
    }

    public string Path { get; }

    public string AttemptsPath => In("attempts");

    public string TombstonesPath => In("tombstones");

    /// <summary>The private folders of scripts; what is in them belongs to whoever the script ran as.</summary>
    public string WorkPath => In(WorkName);

    /// <summary>What scripts left running in the background: see <see cref="LeftoverFolder"/>.</summary>
    public string LeftoversPath => In("leftovers");

    public string KeyPath => In("key");

    public string IdentityPath => In("identity");

    public string AuthorityPath => In("authority.der");

    public string JournalPath => In("journal");

    public string SequencePath => In("sequence");

    public string SessionPath => In("session");

    public string LockPath => In("agent.lock");

    public AttemptFolder Attempt(AttemptId id) => new(System.IO.Path.Combine(AttemptsPath, id.ToString()));

    /// <summary>Bytes that can still be written.</summary>
    public long FreeBytes() => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>0 to 1 of the disk.</summary>
    public double FreeShare()
    {
        var drive = new DriveInfo(Path);
        return drive.TotalSize > 0 ? (double)drive.AvailableFreeSpace / drive.TotalSize : 0;
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
