using TaskConsole.Agent.Attempts;

namespace TaskConsole.Agent.Journal;

/// <summary>Where everything of the agent lies. One agent at a time has it.</summary>
internal sealed class DataDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public DataDirectory(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        // An existing folder keeps its mode: an earlier attempt of another user may still need to pass.
        Directory.CreateDirectory(Path, Private);
        Directory.CreateDirectory(AttemptsPath, Private);
        Directory.CreateDirectory(TombstonesPath, Private);
    }

    public string Path { get; }

    public string AttemptsPath => In("attempts");

    public string TombstonesPath => In("tombstones");

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

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
