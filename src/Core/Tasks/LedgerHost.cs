namespace TaskConsole.Core.Tasks;

/// <summary>Where a host stands in a task.</summary>
internal enum HostStage
{
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// <summary>
/// The rows of one host in a ledger: all of them, or of a long list of commands those that matter. What cannot be told
/// from a part is refused, never guessed.
/// </summary>
internal sealed class LedgerHost
{
    private readonly List<LedgerRow> _rows = [];

    /// <summary>All of its rows are here.</summary>
    public bool Whole { get; set; }

    /// <summary>As it was in the store.</summary>
    /// <exception cref="InvalidOperationException">The part that is here does not tell.</exception>
    public HostStage StageBefore => StageOf(row => (row.StatusBefore, row.AttemptBefore));

    /// <summary>As it is now.</summary>
    /// <exception cref="InvalidOperationException">The part that is here does not tell.</exception>
    public HostStage Stage => StageOf(row => (row.Row.Status, row.Row.Attempt));

    /// <summary>Whether these rows tell where it stands, and which command follows on this one when it succeeds.</summary>
    public bool Suffices(int commandIndex) =>
        Whole || (_rows.Exists(row => row.Row.CommandIndex == commandIndex)
            && _rows.Exists(row => IsBegun(row.StatusBefore, row.AttemptBefore))
            && Follower(commandIndex) is { Row.Status: CommandHostStatus.Pending });

    public void Add(LedgerRow row) => _rows.Insert(_rows.FindLastIndex(before => before.Row.CommandIndex < row.Row.CommandIndex) + 1, row);

    /// <summary>The first later one that is Pending.</summary>
    /// <exception cref="InvalidOperationException">The part that is here does not tell.</exception>
    public LedgerRow? Next(int commandIndex) =>
        Whole ? Later(commandIndex).FirstOrDefault()
        : Follower(commandIndex) is { Row.Status: CommandHostStatus.Pending } follower ? follower
        : throw Unknown();

    /// <summary>All later ones that are Pending.</summary>
    /// <exception cref="InvalidOperationException">Only a part is here.</exception>
    public IReadOnlyList<LedgerRow> AllLater(int commandIndex) => Whole ? [.. Later(commandIndex)] : throw Unknown();

    private LedgerRow? Follower(int commandIndex) => _rows.Find(row => row.Row.CommandIndex == commandIndex + 1);

    private IEnumerable<LedgerRow> Later(int commandIndex) => _rows.Where(row => row.Row.CommandIndex > commandIndex && row.Row.Status == CommandHostStatus.Pending);

    private HostStage StageOf(Func<LedgerRow, (CommandHostStatus Status, int Attempt)> at)
    {
        var (begun, open, failed) = (false, false, false);
        foreach (var row in _rows)
        {
            var (status, attempt) = at(row);
            begun |= IsBegun(status, attempt);
            open |= !status.IsTerminal();
            failed |= status != CommandHostStatus.Succeeded;
        }

        // One row was begun and one has not ended: the host runs, whatever the other rows are.
        return (begun, open) switch
        {
            (true, true) => HostStage.Running,
            _ when !Whole => throw Unknown(),
            (false, _) => HostStage.Waiting,
            _ => failed ? HostStage.Failed : HostStage.Succeeded,
        };
    }

    private static bool IsBegun(CommandHostStatus status, int attempt) => status != CommandHostStatus.Pending || attempt > 1;

    private InvalidOperationException Unknown() =>
        new($"Only {_rows.Count} of the CommandHosts of host {_rows[0].Row.HostId} were taken, which do not tell what was asked.");
}
