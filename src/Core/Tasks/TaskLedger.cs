using TaskConsole.Core.Persistence;
using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

/// <summary>
/// One task within a transaction: every change of a CommandHost's status goes through here, so that the state table
/// holds, the counters stay equal to the rows, what follows on the host happens, and the verdict is reached.
/// </summary>
internal sealed class TaskLedger(OpsTask task, IReadOnlyList<Command> commands, DateTimeOffset now)
{
    private readonly Dictionary<Guid, LedgerRow> _rows = [];
    private readonly List<CommandHostEvent> _events = [];
    private readonly Dictionary<Guid, List<LedgerRow>> _hosts = [];
    private readonly Dictionary<Guid, HostStage> _stagesBefore = [];

    public OpsTask Task => task;

    public IReadOnlyList<Command> Commands => commands;

    /// <summary>The rest of the task is to be skipped: a command with StopTask did not succeed.</summary>
    public bool StopRequested { get; private set; }

    public IEnumerable<LedgerRow> Rows => _rows.Values;

    public IEnumerable<CommandHostChange> Changes => _rows.Values
        .Where(row => row.Changed)
        .Select(row => new CommandHostChange(row.Row, row.StatusBefore, row.AttemptBefore));

    /// <summary>What is to be added to the stories.</summary>
    public IReadOnlyList<CommandHostEvent> Events => _events;

    public CommandHost? Find(Guid commandHostId) => _rows.GetValueOrDefault(commandHostId)?.Row;

    /// <summary>Takes rows as they are in the store. All rows of a host must come together: its stage before is read off them.</summary>
    public void Take(IEnumerable<CommandHost> rows)
    {
        var fresh = new HashSet<Guid>();
        foreach (var row in rows)
        {
            if (_rows.ContainsKey(row.Id))
            {
                continue;
            }

            var entry = new LedgerRow(row);
            _rows.Add(row.Id, entry);
            var host = FirstOfHost(row);
            if (!_hosts.TryGetValue(host, out var siblings))
            {
                _hosts.Add(host, siblings = []);
            }

            siblings.Add(entry);
            fresh.Add(host);
        }

        foreach (var host in fresh)
        {
            _hosts[host].Sort((left, right) => left.Row.CommandIndex.CompareTo(right.Row.CommandIndex));
            _stagesBefore[host] = Stage(_hosts[host]);
        }
    }

    /// <summary>Ids of all CommandHosts on the host of this one (some may not exist in a retry).</summary>
    public IEnumerable<Guid> Siblings(Guid commandHostId, int commandIndex) =>
        Enumerable.Range(0, task.CommandCount).Select(index => IdBlock.Offset(commandHostId, index - commandIndex));

    public void Dispatch(CommandHost row)
    {
        Move(row, CommandHostStatus.Dispatched, null);
        row.DispatchedAt = now;
        if (task.Status == OpsTaskStatus.Queued)
        {
            MoveTask(OpsTaskStatus.Running);
        }
    }

    public void Start(CommandHost row, DateTimeOffset startedAt)
    {
        if (row.Status == CommandHostStatus.Unreachable)
        {
            Tell(row, StoryBy.Agent, StoryEvent.Back, null);
        }

        Move(row, CommandHostStatus.Running, null);
        row.StartedAt = startedAt;
        row.UnreachableSince = null;
    }

    public void Away(CommandHost row, DateTimeOffset since)
    {
        Move(row, CommandHostStatus.Unreachable, null);
        row.UnreachableSince = since;
        Tell(row, StoryBy.Hub, StoryEvent.Away, null);
    }

    /// <summary>Its agent is back and knows of it, or will be sent it again.</summary>
    public void Back(CommandHost row)
    {
        Tell(row, StoryBy.Agent, StoryEvent.Back, null);
        Move(row, row.StartedAt is null ? CommandHostStatus.Dispatched : CommandHostStatus.Running, null);
        row.UnreachableSince = null;
    }

    /// <summary>Notes that it is to be canceled; its status changes when the agent has answered.</summary>
    public void RequestCancel(CommandHost row, string by)
    {
        if (row.CancelRequestedAt is null)
        {
            row.CancelRequestedAt = now;
            Tell(row, StoryBy.Person, StoryEvent.CancelRequested, by);
        }
    }

    /// <summary>It never arrived and is sent again.</summary>
    public void SendAgain(CommandHost row) => Tell(row, StoryBy.Hub, StoryEvent.SentAgain, null);

    /// <summary>The server ends it without the agent's word.</summary>
    public void GiveUp(CommandHost row, Reason reason)
    {
        End(row, CommandHostStatus.Failed, reason);

        // An agent that is here may hold it still; one that is away says so when it comes back.
        row.ActiveHostId = reason == Reason.ServerDeadline ? row.HostId : null;
        Tell(row, StoryBy.Hub, StoryEvent.GivenUp, reason.ToString());
    }

    /// <summary>Given up, and its agent came back with the process alive.</summary>
    public void FindAlive(CommandHost row)
    {
        if (row.ActiveHostId is null)
        {
            row.ActiveHostId = row.HostId;
            Tell(row, StoryBy.Agent, StoryEvent.FoundAlive, null);
        }
    }

    /// <summary>A late word changed no status; what was found alive is alive no more.</summary>
    public void NoteLate(CommandHost row, CommandHostStatus status, Reason? reason)
    {
        row.ActiveHostId = null;
        Tell(row, StoryBy.Agent, StoryEvent.Late, Name(status, reason));
    }

    /// <summary>What was found alive is not in its agent's journal any more.</summary>
    public void LoseAlive(CommandHost row)
    {
        row.ActiveHostId = null;
        _rows[row.Id].Changed = true;
    }

    /// <summary>A person settles what nobody will ever know. It stands from then on.</summary>
    public void Resolve(CommandHost row, CommandHostStatus status, string by, string message)
    {
        if (row.Status == CommandHostStatus.Unreachable)
        {
            End(row, status, Reason.ResolvedByUser);
        }
        else
        {
            Correct(row, status, Reason.ResolvedByUser, new CommandHostEnd(row.FinishedAt, row.StartedAt, null, null));
        }

        Tell(row, StoryBy.Person, StoryEvent.Resolved, $"{by}: {message}");
    }

    /// <summary>Ends it, and does what follows on its host.</summary>
    public void End(CommandHost row, CommandHostStatus status, Reason? reason, CommandHostEnd end = default)
    {
        Move(row, status, reason);
        Describe(row, end);
        Follow(row);
    }

    /// <summary>Another attempt follows the one that failed.</summary>
    public void Retry(CommandHost row, TimeSpan delay)
    {
        Count(row.Status, row.Reason, -1);
        Count(CommandHostStatus.Pending, null, 1);
        row.Status = CommandHostStatus.Pending;
        row.Reason = null;
        row.Attempt++;
        row.ReadyAt = now + delay;
        row.DispatchedAt = row.StartedAt = row.FinishedAt = row.UnreachableSince = null;
        row.ActiveHostId = null;
        row.ExitCode = null;
        row.OutputHash = null;
        _rows[row.Id].Changed = true;
    }

    /// <summary>A late word corrects the verdict that the server reached without the agent. Revives nothing that was skipped.</summary>
    public void Correct(CommandHost row, CommandHostStatus status, Reason? reason, CommandHostEnd end)
    {
        if (!StateTable.MayCorrect(row.Status, row.Reason, status, reason))
        {
            throw new InvalidOperationException($"CommandHost {row.Id} may not be corrected from {row.Status}/{row.Reason} to {status}/{reason}.");
        }

        if (reason != Reason.ResolvedByUser)
        {
            Tell(row, StoryBy.Agent, StoryEvent.Corrected, $"{Name(row.Status, row.Reason)} → {Name(status, reason)}");
        }

        Put(row, status, reason);
        Describe(row, end);
    }

    /// <summary>Skips what was not dispatched.</summary>
    public void SkipPending(Reason reason)
    {
        foreach (var entry in _rows.Values.Where(entry => entry.Row.Status == CommandHostStatus.Pending))
        {
            Move(entry.Row, CommandHostStatus.Skipped, reason);
            Describe(entry.Row, default);
        }
    }

    /// <summary>Brings the counters of hosts up to date and reaches the verdict when nothing is open any more.</summary>
    public void Settle()
    {
        foreach (var (host, before) in _stagesBefore)
        {
            var after = Stage(_hosts[host]);
            if (after != before)
            {
                Count(before, -1);
                Count(after, 1);
            }
        }

        if (task.PendingCount + task.DispatchedCount + task.RunningCount + task.UnreachableCount > 0)
        {
            return;
        }

        var verdict = Verdict();
        if (!task.Status.IsTerminal())
        {
            MoveTask(verdict);
            task.FinishedAt = now;
        }
        else if (verdict != task.Status && StateTable.MayCorrect(task.Status, verdict))
        {
            task.Status = verdict;
        }
    }

    public void MoveTask(OpsTaskStatus status)
    {
        if (!StateTable.MayMove(task.Status, status))
        {
            throw new InvalidOperationException($"Task {task.Id} may not move from {task.Status} to {status}.");
        }

        task.Status = status;
    }

    private void Tell(CommandHost row, StoryBy by, StoryEvent what, string? detail)
    {
        _rows[row.Id].Changed = true;
        if (row.EventCount < CommandHostEvent.MaxKept || what is not (StoryEvent.Away or StoryEvent.Back or StoryEvent.SentAgain))
        {
            _events.Add(new CommandHostEvent
            {
                CommandHostId = row.Id,
                Number = ++row.EventCount,
                Attempt = row.Attempt,
                At = now,
                By = by,
                Event = what,
                Detail = detail is { Length: > CommandHostEvent.MaxDetailLength } ? detail[..CommandHostEvent.MaxDetailLength] : detail,
            });
        }
    }

    private static string Name(CommandHostStatus status, Reason? reason) => reason is null ? $"{status}" : $"{status}/{reason}";

    private void Follow(CommandHost row)
    {
        var later = _hosts[FirstOfHost(row)].Where(entry => entry.Row.CommandIndex > row.CommandIndex && entry.Row.Status == CommandHostStatus.Pending).ToList();
        var onFailure = commands[row.CommandIndex].OnFailure;
        if (row.Status == CommandHostStatus.Succeeded || (onFailure == OnFailure.Continue && row.Status != CommandHostStatus.Skipped))
        {
            if (later.Count > 0)
            {
                later[0].Row.ReadyAt ??= now;
                later[0].Changed = true;
            }

            return;
        }

        var why = row.Status == CommandHostStatus.Skipped ? row.Reason
            : task.RolloutStoppedAt is not null ? Reason.RolloutStopped
            : Reason.EarlierCommandFailed;
        foreach (var entry in later)
        {
            Move(entry.Row, CommandHostStatus.Skipped, why);
            Describe(entry.Row, default);
        }

        if (onFailure == OnFailure.StopTask && row.Status != CommandHostStatus.Skipped)
        {
            task.RolloutStoppedAt ??= now;
            StopRequested = true;
        }
    }

    private void Move(CommandHost row, CommandHostStatus status, Reason? reason)
    {
        if (!StateTable.MayMove(row.Status, status))
        {
            throw new InvalidOperationException($"CommandHost {row.Id} may not move from {row.Status} to {status}.");
        }

        Put(row, status, reason);
    }

    private void Put(CommandHost row, CommandHostStatus status, Reason? reason)
    {
        Count(row.Status, row.Reason, -1);
        Count(status, reason, 1);
        row.Status = status;
        row.Reason = reason;
        row.ActiveHostId = status.IsActive() ? row.HostId : null;
        _rows[row.Id].Changed = true;
    }

    private void Describe(CommandHost row, CommandHostEnd end)
    {
        row.FinishedAt = end.FinishedAt ?? now;
        row.StartedAt = end.StartedAt ?? row.StartedAt;
        row.ExitCode = end.ExitCode;
        row.OutputHash = end.OutputHash;
        row.UnreachableSince = null;
    }

    private OpsTaskStatus Verdict() => task switch
    {
        { CancelRequestedAt: not null } when task.SucceededCount != task.Total => OpsTaskStatus.Canceled,
        _ when task.SucceededCount + task.SkippedAsAskedCount == task.Total => OpsTaskStatus.Completed,
        _ => OpsTaskStatus.Failed,
    };

    private void Count(CommandHostStatus status, Reason? reason, int change)
    {
        switch (status)
        {
            case CommandHostStatus.Pending: task.PendingCount += change; break;
            case CommandHostStatus.Dispatched: task.DispatchedCount += change; break;
            case CommandHostStatus.Running: task.RunningCount += change; break;
            case CommandHostStatus.Unreachable: task.UnreachableCount += change; break;
            case CommandHostStatus.Succeeded: task.SucceededCount += change; break;
            case CommandHostStatus.Failed: task.FailedCount += change; break;
            case CommandHostStatus.TimedOut: task.TimedOutCount += change; break;
            case CommandHostStatus.Canceled: task.CanceledCount += change; break;
            case CommandHostStatus.DispatchFailed: task.DispatchFailedCount += change; break;
            case CommandHostStatus.Skipped:
                task.SkippedCount += change;
                task.SkippedAsAskedCount += reason is Reason.HostOffline or Reason.HostDraining ? change : 0;
                break;
            default: throw new ArgumentOutOfRangeException(nameof(status), status, null);
        }
    }

    private void Count(HostStage stage, int change)
    {
        switch (stage)
        {
            case HostStage.Waiting: task.HostsWaiting += change; break;
            case HostStage.Running: task.HostsRunning += change; break;
            case HostStage.Succeeded: task.HostsSucceeded += change; break;
            default: task.HostsFailed += change; break;
        }
    }

    private static HostStage Stage(List<LedgerRow> rows)
    {
        if (rows.TrueForAll(entry => entry.Row is { Status: CommandHostStatus.Pending, Attempt: 1 }))
        {
            return HostStage.Waiting;
        }

        if (!rows.TrueForAll(entry => entry.Row.Status.IsTerminal()))
        {
            return HostStage.Running;
        }

        return rows.TrueForAll(entry => entry.Row.Status == CommandHostStatus.Succeeded) ? HostStage.Succeeded : HostStage.Failed;
    }

    private static Guid FirstOfHost(CommandHost row) => IdBlock.Offset(row.Id, -row.CommandIndex);

    private enum HostStage
    {
        Waiting,
        Running,
        Succeeded,
        Failed,
    }
}

/// <summary>A row in a ledger, and what it was when it was taken.</summary>
internal sealed class LedgerRow(CommandHost row)
{
    public CommandHost Row { get; } = row;

    public CommandHostStatus StatusBefore { get; } = row.Status;

    public int AttemptBefore { get; } = row.Attempt;

    public bool Changed { get; set; }
}

/// <summary>What is noted on a CommandHost when it ends; null: not known.</summary>
internal readonly record struct CommandHostEnd(DateTimeOffset? FinishedAt, DateTimeOffset? StartedAt, int? ExitCode, byte[]? OutputHash);
