using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

/// <summary>
/// One task within a transaction: every change of a CommandHost's status goes through here, so that the state table
/// holds, the counters stay equal to the rows, what follows on the host happens, and the verdict is reached.
/// </summary>
internal sealed partial class TaskLedger(OpsTask task, IReadOnlyList<Command> commands, Actor actor, DateTimeOffset now)
{
    private readonly Dictionary<Guid, LedgerRow> _rows = [];
    private readonly List<CommandHostEvent> _events = [];
    private readonly Dictionary<Guid, LedgerHost> _hosts = [];
    private readonly List<LedgerMove> _moves = [];
    private readonly List<TaskTransition> _taskMoves = [];

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

    /// <summary>Takes rows as they are in the store; what is here already stays as it is.</summary>
    /// <param name="rows">Of any hosts.</param>
    /// <param name="whole">All rows of each host are among them.</param>
    public void Take(IEnumerable<CommandHost> rows, bool whole)
    {
        foreach (var row in rows)
        {
            var first = FirstOfHost(row.Id, row.CommandIndex);
            if (!_hosts.TryGetValue(first, out var host))
            {
                _hosts.Add(first, host = new LedgerHost());
            }

            host.Whole |= whole;
            if (!_rows.ContainsKey(row.Id))
            {
                var entry = new LedgerRow(row);
                _rows.Add(row.Id, entry);
                host.Add(entry);
            }
        }
    }

    /// <summary>Whether all rows of the host of this one are here.</summary>
    public bool HasWholeHost(Guid commandHostId, int commandIndex) => _hosts.GetValueOrDefault(FirstOfHost(commandHostId, commandIndex)) is { Whole: true };

    /// <summary>Whether what is here of the host of this one is enough to dispatch it, to start it, and to end it as succeeded.</summary>
    public bool Suffices(Guid commandHostId, int commandIndex) =>
        _hosts.GetValueOrDefault(FirstOfHost(commandHostId, commandIndex)) is { } host && host.Suffices(commandIndex);

    /// <summary>Takes what an attempt failed with, if it is the one before the attempt that waits.</summary>
    public void Recall(Guid commandHostId, int attempt, FailedAttempt failed)
    {
        if (_rows.GetValueOrDefault(commandHostId) is { Changed: false } entry && attempt == entry.Row.Attempt - 1)
        {
            entry.Failed = failed;
        }
    }

    /// <summary>Ids of all CommandHosts on the host of this one (some may not exist in a retry).</summary>
    public IEnumerable<Guid> Siblings(Guid commandHostId, int commandIndex) =>
        Enumerable.Range(0, task.CommandCount).Select(index => IdBlock.Offset(commandHostId, index - commandIndex));

    /// <summary>Ids of this CommandHost and of those before and after it on its host (some may not exist in a retry).</summary>
    public IEnumerable<Guid> Neighbours(Guid commandHostId, int commandIndex) =>
        Enumerable.Range(commandIndex - 1, 3).Where(index => index >= 0 && index < task.CommandCount).Select(index => IdBlock.Offset(commandHostId, index - commandIndex));

    public void Dispatch(CommandHost row)
    {
        Move(row, CommandHostStatus.Dispatched, null);
        row.DispatchedAt = now;
        FreeFromHold();
        if (task.Status == OpsTaskStatus.Queued)
        {
            MoveTask(OpsTaskStatus.Running);
        }
    }

    public void Start(CommandHost row, DateTimeOffset startedAt)
    {
        if (row.Status == CommandHostStatus.Unreachable)
        {
            Tell(row, StoryBy.Agent, StoryEvent.Back);
        }

        Move(row, CommandHostStatus.Running, null);
        row.StartedAt = Bound(row, row.Attempt, startedAt);
        row.UnreachableSince = null;
    }

    /// <summary>
    /// A time that an agent told of an attempt, as near as it can be to the truth: not before the attempt was sent, nor in
    /// the future. Deadlines, orders and statistics go by it.
    /// </summary>
    public DateTimeOffset Bound(CommandHost row, int attempt, DateTimeOffset told)
    {
        var sent = attempt == row.Attempt && row.DispatchedAt is { } dispatched ? dispatched : task.CreatedAt;
        return told > now ? now : told < sent ? sent : told;
    }

    public void Away(CommandHost row, DateTimeOffset since)
    {
        Move(row, CommandHostStatus.Unreachable, null);
        row.UnreachableSince = since;
        Tell(row, StoryBy.Hub, StoryEvent.Away);
    }

    /// <summary>Its agent is back and knows of it, or will be sent it again.</summary>
    public void Back(CommandHost row)
    {
        Tell(row, StoryBy.Agent, StoryEvent.Back);
        Move(row, row.StartedAt is null ? CommandHostStatus.Dispatched : CommandHostStatus.Running, null);
        row.UnreachableSince = null;
    }

    /// <summary>Notes that it is to be canceled; its status changes when the agent has answered.</summary>
    public void RequestCancel(CommandHost row)
    {
        if (row.CancelRequestedAt is null)
        {
            row.CancelRequestedAt = now;
            Tell(row, StoryBy.Person, StoryEvent.CancelRequested, StoryArguments.Write(ByActor()));
        }
    }

    /// <summary>It never arrived and is sent again.</summary>
    public void SendAgain(CommandHost row) => Tell(row, StoryBy.Hub, StoryEvent.SentAgain);

    /// <summary>Ends it, and does what follows on its host. One that waits for its retry is settled with what it failed with.</summary>
    public void End(CommandHost row, CommandHostStatus status, Reason? reason, CommandHostEnd end = default)
    {
        if (row.WaitsForRetry && _rows[row.Id].Failed is { } failed)
        {
            GiveUpRetry(row, failed, reason);
        }
        else
        {
            Move(row, status, reason);
            Describe(row, end);
        }

        Follow(row);
    }

    /// <summary>Another attempt follows the one that failed.</summary>
    public void Retry(CommandHost row, TimeSpan delay, FailedAttempt failed)
    {
        Move(row, failed.Status, failed.Reason);
        Describe(row, failed.End);
        Move(row, CommandHostStatus.Pending, null, TransitionCause.Retry);
        var entry = _rows[row.Id];
        (entry.Failed, entry.DurationMs) = (failed, null);
        row.Attempt++;
        row.ReadyAt = now + delay;
        row.ReadyTaskId = row.TaskId;
        row.DispatchedAt = row.StartedAt = row.FinishedAt = null;
        row.ExitCode = null;
        row.OutputHash = null;
    }

    /// <summary>
    /// Whether it waits for a retry of what may run elsewhere: the attempt was sent before an operator decided between two
    /// agents, and one of them told no more than that it had lost it.
    /// </summary>
    /// <param name="row">What waits.</param>
    /// <param name="doubtedBefore">When the operator decided; null: there was nothing to decide.</param>
    public bool IsRetryDoubted(CommandHost row, DateTimeOffset? doubtedBefore) =>
        row.WaitsForRetry && _rows[row.Id].Failed is { } failed && failed.DispatchedAt < doubtedBefore && StateTable.IsOfRecordsAlone(failed.Reason);

    /// <summary>Skips what was not dispatched; what had failed and waited for its retry stays failed, and what follows on its host happens first.</summary>
    /// <exception cref="InvalidOperationException">Only a part of some host is here.</exception>
    public void SkipPending(Reason reason)
    {
        if (!_hosts.Values.All(host => host.Whole))
        {
            throw new InvalidOperationException($"Of some hosts of task {task.Id} only a part was taken.");
        }

        foreach (var row in _rows.Values.Select(entry => entry.Row).Where(row => row.WaitsForRetry).ToList())
        {
            End(row, CommandHostStatus.Skipped, reason);
        }

        foreach (var row in _rows.Values.Select(entry => entry.Row).Where(row => row.Status == CommandHostStatus.Pending).ToList())
        {
            Move(row, CommandHostStatus.Skipped, reason);
            Describe(row, default);
        }
    }

    /// <summary>Brings the counters of hosts up to date and reaches the verdict when nothing is open any more.</summary>
    public void Settle()
    {
        foreach (var host in _hosts.Values)
        {
            var (before, after) = (host.StageBefore, host.Stage);
            if (after != before)
            {
                Count(before, -1);
                Count(after, 1);
            }
        }

        if (task.PendingCount == 0)
        {
            FreeFromHold();
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
        else if (StateTable.MayMove(TransitionCause.Correction, task.Status, verdict))
        {
            MoveTask(verdict, TransitionCause.Correction);
        }
    }

    /// <summary>Notes that this transaction creates the task.</summary>
    public void NoteCreated() => _taskMoves.Add(new TaskTransition(task.Id, null, task.Status, TransitionCause.Course, now, actor));

    /// <summary>Starts the task: the only place where one starts, whoever asks for it.</summary>
    public void StartTask()
    {
        MoveTask(OpsTaskStatus.Queued);
        task.StartedAt = now;
    }

    /// <summary>Every move so far. The last move of a row leads to what the row is now.</summary>
    public IEnumerable<Transition> Transitions()
    {
        var rows = new CommandHostTransition[_moves.Count];
        var later = new Dictionary<Guid, ExecutionState>();
        for (var index = rows.Length - 1; index >= 0; index--)
        {
            var (entry, cause, before) = _moves[index];
            var after = later.GetValueOrDefault(entry.Row.Id, entry.State);
            rows[index] = new CommandHostTransition(entry.Row, before, after, cause, now, actor);
            later[entry.Row.Id] = before;
        }

        return [.. _taskMoves, .. rows];
    }

    private void MoveTask(OpsTaskStatus status, TransitionCause cause = TransitionCause.Course)
    {
        if (!StateTable.MayMove(cause, task.Status, status))
        {
            throw new InvalidOperationException($"Task {task.Id} may not move from {task.Status} to {status}.");
        }

        _taskMoves.Add(new TaskTransition(task.Id, task.Status, status, cause, now, actor));
        task.Status = status;
    }

    private void FreeFromHold() => (task.HoldCode, task.HoldArguments, task.HoldSince) = (null, null, null);

    private void Follow(CommandHost row)
    {
        var host = _hosts[FirstOfHost(row.Id, row.CommandIndex)];
        var onFailure = commands[row.CommandIndex].OnFailure;
        if (row.Status == CommandHostStatus.Succeeded || (onFailure == OnFailure.Continue && row.Status != CommandHostStatus.Skipped))
        {
            if (host.Next(row.CommandIndex) is { } next)
            {
                next.Row.ReadyAt ??= now;
                next.Row.ReadyTaskId = next.Row.TaskId;
                next.Changed = true;
            }

            return;
        }

        var why = row.Status == CommandHostStatus.Skipped ? row.Reason
            : task.RolloutStoppedAt is not null ? Reason.RolloutStopped
            : Reason.EarlierCommandFailed;
        foreach (var entry in host.AllLater(row.CommandIndex))
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

    /// <summary>It ran and failed, and nothing follows: the attempt that was never sent is taken back.</summary>
    private void GiveUpRetry(CommandHost row, FailedAttempt failed, Reason? why)
    {
        Move(row, failed.Status, failed.Reason, TransitionCause.RetryGivenUp);
        row.Attempt--;
        row.DispatchedAt = failed.DispatchedAt;
        Describe(row, failed.End);
        if (why != Reason.CanceledByUser)
        {
            Tell(row, StoryBy.Scheduler, StoryEvent.NotRetried, StoryArguments.Write(("reason", why)));
        }
    }

    private void Move(CommandHost row, CommandHostStatus status, Reason? reason, TransitionCause cause = TransitionCause.Course)
    {
        var entry = _rows[row.Id];
        if (!StateTable.MayMove(cause, entry.State, status, reason))
        {
            throw new InvalidOperationException($"CommandHost {row.Id} may not move from {row.Status}/{row.Reason} to {status}/{reason} ({cause}).");
        }

        _moves.Add(new LedgerMove(entry, cause, entry.State));
        Count(row.Status, row.Reason, -1);
        Count(status, reason, 1);
        row.Status = status;
        row.Reason = reason;
        row.ReadyTaskId = null;
        row.ActiveHostId = status.IsActive() ? row.HostId : null;
        entry.Changed = true;
    }

    private void Describe(CommandHost row, CommandHostEnd end)
    {
        row.FinishedAt = end.FinishedAt ?? now;
        row.StartedAt = end.StartedAt ?? row.StartedAt;
        row.ExitCode = end.ExitCode;
        row.OutputHash = end.OutputHash;
        row.UnreachableSince = null;
        _rows[row.Id].DurationMs = end.DurationMs;
    }

    private OpsTaskStatus Verdict() => task switch
    {
        { CancelRequestedAt: not null } when task.SucceededCount != task.Total => OpsTaskStatus.Canceled,
        _ when task.SucceededCount + task.SkippedAsAskedCount == task.Total => OpsTaskStatus.Completed,
        _ => OpsTaskStatus.Failed,
    };

    private static Guid FirstOfHost(Guid commandHostId, int commandIndex) => IdBlock.Offset(commandHostId, -commandIndex);
}
