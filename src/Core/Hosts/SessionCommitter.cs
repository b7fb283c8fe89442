using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Events;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Hosts;

/// <summary>Commits sessions that came and went in one transaction, each with its reconciliation.</summary>
internal sealed partial class SessionCommitter(
    Store store,
    TaskLedgers ledgers,
    OutputPositions positions,
    OrderComposer orders,
    CancelDelivery cancels,
    HostPresence presence,
    HeldDispatches held,
    DispatchSignal dispatch,
    TimeProvider time,
    ILogger<SessionCommitter> logger)
{
    /// <summary>An agent whose connection broke comes back within 5 s, and says hello a moment later.</summary>
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(6);

    /// <summary>So long after its hello an agent that has not answered may still be alive.</summary>
    private static readonly TimeSpan MayBeAlive = TimeSpan.FromSeconds(60);

    public async Task CommitAsync(IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken)
    {
        var reconciled = await store.WriteAsync((unit, token) => ApplyAsync(unit, changes, token), cancellationToken);
        foreach (var close in changes.OfType<SessionChange.Close>())
        {
            presence.CloseCommitted(close.HostId, close.SessionEpoch);
        }

        // The presences of a group are published together: whoever finds no session now finds the earlier one in the store.
        foreach (var (change, _, outcome) in reconciled)
        {
            if (change is SessionChange.Open open && outcome is not null)
            {
                presence.Opened(open.HostId, outcome.Epoch, open.Hello.Load, open.Hello.JournalSequence, outcome.HeldUntil, outcome.DoubtedBefore);
                held.Add(outcome.Held, outcome.Epoch, outcome.HeldUntil);
            }
        }

        foreach (var (change, refusal, outcome) in reconciled)
        {
            if (outcome is null)
            {
                change.Answer.TrySetResult(refusal!);
                continue;
            }

            LogOpened(logger, outcome.HostName, change.HostId, outcome.Epoch, outcome.Attempts.Count, outcome.Again.Count);
            var executes = new List<ExecuteOrder>();
            foreach (var (task, rows) in outcome.Again.GroupBy(row => row.Task).Select(group => (group.Key, group.Select(row => (row.Row, outcome.Epoch)).ToList())))
            {
                executes.AddRange(await orders.ComposeAsync(task, rows, cancellationToken));
            }

            change.Answer.TrySetResult(new HelloAnswer.Opened(new SessionOpening(outcome.Epoch, outcome.Attempts, executes, outcome.Cancels)));
        }

        dispatch.Wake(DispatchCause.Any);
    }

    private async Task<List<(SessionChange.Asked Change, HelloAnswer? Refusal, Reconciliation? Outcome)>> ApplyAsync(WriteUnit unit, IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var hostIds = changes.Select(change => change.HostId).ToHashSet();
        var entries = changes.OfType<SessionChange.Open>().SelectMany(open => open.Hello.Attempts.Select(entry => entry.Key)).ToHashSet();
        var entryIds = entries.Select(key => key.CommandHostId).ToHashSet();

        var rows = await unit.Dialect.ActiveOn(unit.Context, hostIds).Select(row => new { row.TaskId, row.Id, row.CommandIndex }).ToListAsync(cancellationToken);
        if (entryIds.Count > 0)
        {
            rows.AddRange(await unit.Dialect.CommandHosts(unit.Context, entryIds).Select(row => new { row.TaskId, row.Id, row.CommandIndex }).ToListAsync(cancellationToken));
        }

        var places = rows.DistinctBy(row => row.Id).ToDictionary(row => row.Id, row => row.TaskId);
        var set = await ledgers.OpenAsync(unit, [.. places.Values.Distinct()], Actor.System, now, cancellationToken);
        await set.LoadAsync(rows.Select(row => (row.TaskId, row.Id, row.CommandIndex)), cancellationToken);
        var hosts = await unit.Dialect.LockHosts(unit.Context, hostIds).AsNoTracking().ToDictionaryAsync(host => host.Id, cancellationToken);
        var ended = entryIds.Count == 0
            ? []
            : (await unit.Dialect.Results(unit.Context, entryIds).Select(result => new { result.CommandHostId, result.Attempt }).ToListAsync(cancellationToken))
                .Select(result => new AttemptKey(result.CommandHostId, result.Attempt)).ToHashSet();
        var ends = await positions.FindAsync(unit, entries, cancellationToken);

        var outcomes = new List<(SessionChange.Asked, HelloAnswer?, Reconciliation?)>();
        var changed = new SortedSet<Host>(Comparer<Host>.Create(static (left, right) => left.Id.CompareTo(right.Id)));
        foreach (var change in changes)
        {
            var host = hosts.GetValueOrDefault(change.HostId);
            switch (change)
            {
                case SessionChange.Asked asked when host is not { Admission: Admission.Approved }:
                    outcomes.Add((asked, new HelloAnswer.NotApproved(), null));
                    break;
                case SessionChange.Asked asked when host.DuplicateSince is not null:
                    outcomes.Add((asked, new HelloAnswer.Duplicate(host.DuplicateAddress, host.DuplicateOtherAddress), null));
                    break;
                case SessionChange.Asked asked when asked.SaidAt < host.DoubtedBefore:
                    outcomes.Add((asked, new HelloAnswer.Outdated(), null));
                    break;
                case SessionChange.Duplicate two:
                    Refuse(two, MarkDuplicate(unit, host, set, two.Address, two.OtherAddress, now));
                    changed.Add(host);
                    break;
                case SessionChange.Open open when IsOlderCopy(host, open.Hello) && IsElsewhere(host, open.Hello) && now - host.ConnectedAt < MayBeAlive:
                    Refuse(open, MarkDuplicate(unit, host, set, host.Ip, open.Hello.Address, now));
                    changed.Add(host);
                    break;
                case SessionChange.Open open:
                    outcomes.Add((open, null, Open(host, open.Hello, set, places, ended, ends, now)));
                    changed.Add(host);
                    if (HostFacts.Put(host, open.Hello.Facts))
                    {
                        NoteFacts(unit, host);
                    }

                    break;
                case SessionChange.Close close when host is { Connected: true } && host.SessionEpoch == close.SessionEpoch:
                    changed.Add(host);
                    Close(host, set, now);
                    LogClosed(logger, host.Name, host.Id, close.SessionEpoch);
                    break;
            }
        }

        await set.SettleAsync(cancellationToken);
        await unit.Dialect.UpdateHostSessionsAsync(unit.Context, [.. changed], cancellationToken);
        unit.AfterCommit(bus => bus.Publish(new FleetChange([.. hosts.Keys], Everything: false)));
        return outcomes;

        // This includes a session that was opened earlier in this very transaction and has not been answered yet.
        void Refuse(SessionChange.Asked asked, HelloAnswer.Duplicate duplicate)
        {
            for (var place = 0; place < outcomes.Count; place++)
            {
                if (outcomes[place] is var (earlier, _, outcome) && outcome is not null && earlier.HostId == asked.HostId)
                {
                    outcomes[place] = (earlier, duplicate, null);
                }
            }

            outcomes.Add((asked, duplicate, null));
        }
    }

    /// <summary>Written with the tasks: facts are the same at nearly every hello, so that they are no part of what each session writes.</summary>
    private static void NoteFacts(WriteUnit unit, Host host)
    {
        var entry = unit.Context.Attach(host);
        entry.Property(row => row.Facts).IsModified = true;
        entry.Property(row => row.Os).IsModified = true;
        entry.Property(row => row.Arch).IsModified = true;
        entry.Property(row => row.AgentVersion).IsModified = true;
    }

    private void Close(Host host, LedgerSet set, DateTimeOffset now)
    {
        host.Connected = false;
        host.DisconnectedAt = host.LastSeenAt = now;
        host.JournalSequence = Math.Max(host.JournalSequence, presence.SequenceOf(host.Id, host.SessionEpoch));
        host.ConfirmedEpoch = ConfirmedEpoch(host);
        foreach (var (ledger, row) in ActiveOn(set, host.Id).Where(active => active.Row.Status is CommandHostStatus.Dispatched or CommandHostStatus.Running).ToList())
        {
            ledger.Away(row, now);
        }
    }

    /// <summary>Two agents use the key of this host: nothing that either says counts, and no journal is counted on when an operator has decided.</summary>
    private HelloAnswer.Duplicate MarkDuplicate(WriteUnit unit, Host host, LedgerSet set, string? address, string? otherAddress, DateTimeOffset now)
    {
        // The session ends here before the commit: what it still tells meanwhile may reach the store after the commit.
        presence.Closed(host.Id, host.SessionEpoch);
        if (host.Connected)
        {
            Close(host, set, now);
        }

        host.JournalId = [];
        host.DuplicateSince = now;
        host.DuplicateAddress = address;
        host.DuplicateOtherAddress = otherAddress;
        var entry = unit.Context.Attach(host);
        entry.Property(row => row.DuplicateSince).IsModified = true;
        entry.Property(row => row.DuplicateAddress).IsModified = true;
        entry.Property(row => row.DuplicateOtherAddress).IsModified = true;
        unit.AfterCommit(_ => LogDuplicate(logger, host.Name, host.Id, address, otherAddress));
        return new HelloAnswer.Duplicate(address, otherAddress);
    }

    /// <summary>The highest epoch that the agent has told to have stored.</summary>
    private long ConfirmedEpoch(Host host) => presence.IsConfirmed(host.Id, host.SessionEpoch) ? host.SessionEpoch : host.ConfirmedEpoch;

    /// <summary>Whether a hello tells an epoch from before one that its agent has stored: this is a copy of its folder from before.</summary>
    private bool IsOlderCopy(Host host, HelloReport hello) => hello.LastEpoch < ConfirmedEpoch(host);

    /// <summary>Whether the agent of the session before may be alive: at one place it cannot be, since its folder's lock was free.</summary>
    private static bool IsElsewhere(Host host, HelloReport hello) =>
        host.PlaceId is not null && hello.PlaceId is not null && !host.PlaceId.AsSpan().SequenceEqual(hello.PlaceId);

    private Reconciliation Open(
        Host host,
        HelloReport hello,
        LedgerSet set,
        Dictionary<Guid, Guid> places,
        HashSet<AttemptKey> ended,
        Dictionary<AttemptKey, OutputPosition> ends,
        DateTimeOffset now)
    {
        var seen = Math.Max(host.JournalSequence, presence.SequenceOf(host.Id, host.SessionEpoch));
        var sameJournal = host.JournalId is null || (host.JournalId.AsSpan().SequenceEqual(hello.JournalId) && hello.JournalSequence >= seen && !IsOlderCopy(host, hello));
        var isElsewhere = IsElsewhere(host, hello);
        host.ConfirmedEpoch = ConfirmedEpoch(host);
        host.SessionEpoch++;
        host.PlaceId = hello.PlaceId;
        host.Connected = true;
        host.ConnectedAt = host.LastSeenAt = now;
        host.BootId = hello.BootId;

        // Also of an older journal: all that its loss puts in doubt is judged below, and what comes after is counted from here.
        host.JournalSequence = hello.JournalSequence;
        host.JournalId = hello.JournalId;
        host.Ip = hello.Address;
        host.Load = Json.Write(hello.Load);

        var outcome = new Reconciliation(host.SessionEpoch, host.Name, isElsewhere ? now + HoldTime : null, host.DoubtedBefore);
        foreach (var entry in hello.Attempts)
        {
            var ledger = places.TryGetValue(entry.Key.CommandHostId, out var taskId) ? set.Find(taskId) : null;
            outcome.Attempts.Add(Judge(host, entry, ledger, ended.Contains(entry.Key), ends.GetValueOrDefault(entry.Key)));
        }

        var known = hello.Attempts.Select(entry => entry.Key).ToHashSet();
        foreach (var (ledger, row) in ActiveOn(set, host.Id).Where(active => !known.Contains(new AttemptKey(active.Row.Id, active.Row.Attempt))).ToList())
        {
            if (isElsewhere)
            {
                // The earlier agent may have the attempt and be alive: it comes back within this time, or is gone.
                Hold(ledger, row, outcome, sameJournal, now);
                continue;
            }

            if (row.Status.IsTerminal())
            {
                if (sameJournal && row.MayNeverHaveArrived)
                {
                    ledger.ProveUndelivered(row);
                }
                else
                {
                    ledger.LetGo(row);
                }

                continue;
            }

            if (row.StartedAt is not null || !sameJournal)
            {
                ledger.Lose(row, Reason.AgentLost);
                continue;
            }

            if (row.Status == CommandHostStatus.Unreachable)
            {
                ledger.Back(row);
            }

            if (CancelDelivery.Cause(ledger.Task, row) is { } cause)
            {
                outcome.Cancels.Add(cancels.Order(row, cause));
            }
            else
            {
                ledger.SendAgain(row);
                outcome.Again.Add((ledger.Task, row));
            }
        }

        return outcome;
    }

    /// <summary>A row that the journal of an agent at another place lacks: what was given up or may never have arrived is judged later, all else when the grace is over.</summary>
    private static void Hold(TaskLedger ledger, CommandHost row, Reconciliation outcome, bool sameJournal, DateTimeOffset now)
    {
        var mayNeverHaveArrived = sameJournal && row.StartedAt is null;
        if (row.Status.IsTerminal())
        {
            outcome.Held.Add(row.Id);
        }
        else if (mayNeverHaveArrived)
        {
            outcome.Held.Add(row.Id);
            if (row.Status == CommandHostStatus.Unreachable)
            {
                ledger.Back(row);
            }
        }
        else if (row.Status != CommandHostStatus.Unreachable)
        {
            ledger.Away(row, now);
        }
    }

    private ReconciledAttempt Judge(Host host, JournalEntryReport entry, TaskLedger? ledger, bool hasResult, OutputPosition position)
    {
        var row = ledger?.Find(entry.Key.CommandHostId);
        if (row is null || row.HostId != host.Id || hasResult || !row.WasDispatched(entry.Key.Attempt))
        {
            if (row is not null && row.HostId != host.Id)
            {
                LogStranger(logger, host.Name, entry.Key.CommandHostId, entry.Key.Attempt);
            }

            return new ReconciledAttempt(entry.Key, ReconcileVerdict.Forget, 0, 0, null);
        }

        if (entry.Key.Attempt == row.Attempt)
        {
            if (row.StartedAt is null && entry.StartedAt is { } started && row.Status is CommandHostStatus.Dispatched or CommandHostStatus.Unreachable)
            {
                ledger!.Start(row, started);
            }
            else if (row.Status == CommandHostStatus.Unreachable)
            {
                ledger!.Back(row);
            }
            else if (row.Status.IsTerminal() && entry.State != JournalState.Ended)
            {
                ledger!.FindAlive(row);
            }
        }

        // This includes an attempt that the server gave up: while it is alive it can be canceled.
        var cancel = entry.State != JournalState.Ended && CancelDelivery.Cause(ledger!.Task, row) is { } cause
            ? cancels.Order(row, cause) with { Key = entry.Key }
            : null;
        return new ReconciledAttempt(entry.Key, cancel is null ? ReconcileVerdict.Keep : ReconcileVerdict.Cancel, position.Stdout, position.Stderr, cancel);
    }

    private static IEnumerable<(TaskLedger Ledger, CommandHost Row)> ActiveOn(LedgerSet set, Guid hostId) =>
        set.Ledgers.SelectMany(ledger => ledger.Rows.Where(row => row.Row.ActiveHostId == hostId).Select(row => (ledger, row.Row)));

    /// <summary>What a hello came to, before orders are made of it.</summary>
    private sealed record Reconciliation(long Epoch, string HostName, DateTimeOffset? HeldUntil, DateTimeOffset? DoubtedBefore)
    {
        public List<Guid> Held { get; } = [];

        public List<ReconciledAttempt> Attempts { get; } = [];

        public List<(OpsTask Task, CommandHost Row)> Again { get; } = [];

        public List<CancelOrder> Cancels { get; } = [];
    }

    [LoggerMessage(LogLevel.Information, "Host {Name} ({HostId}) is online, session {Epoch}: {Attempts} attempts in its journal, {Again} sent again")]
    private static partial void LogOpened(ILogger logger, string name, Guid hostId, long epoch, int attempts, int again);

    [LoggerMessage(LogLevel.Information, "Host {Name} ({HostId}) is offline, session {Epoch} ended")]
    private static partial void LogClosed(ILogger logger, string name, Guid hostId, long epoch);

    [LoggerMessage(LogLevel.Error, "Two agents use the key of host {Name} ({HostId}), one at {Address} and one at {OtherAddress}: neither is served. Stop one of the two, and on the copy delete 'key' and 'identity' in its data directory and restart it with a join token; then approve the key of the agent that stays on the Hosts page")]
    private static partial void LogDuplicate(ILogger logger, string name, Guid hostId, string? address, string? otherAddress);

    [LoggerMessage(LogLevel.Warning, "The journal of host {Name} names attempt {CommandHostId}#{Attempt}, which belongs to another host")]
    private static partial void LogStranger(ILogger logger, string name, Guid commandHostId, int attempt);
}
