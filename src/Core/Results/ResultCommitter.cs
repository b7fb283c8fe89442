using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Results;

/// <summary>Commits a group of events in one transaction, tells their origins, and publishes.</summary>
internal sealed partial class ResultCommitter(
    Store store,
    TaskLedgers ledgers,
    OutputPositions positions,
    HostPresence presence,
    IOptions<OutputOptions> outputs,
    ResultMetrics metrics,
    TimeProvider time,
    ILogger<ResultCommitter> logger)
{
    /// <summary>Commits events in one transaction and tells their origins; answers what kinds of them were written.</summary>
    public async Task<WrittenKinds> CommitAsync(IReadOnlyList<AttemptEvent> events, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<FoldedAttempt> attempts;
        List<JournalSight> sights = [];
        try
        {
            (attempts, sights) = await store.WriteAsync((unit, token) => ApplyAsync(unit, events, token), cancellationToken);
        }
        catch
        {
            // When the answer of a commit was lost, the store alone knows whether it took effect: it is asked again.
            foreach (var attemptEvent in events)
            {
                positions.Forget(attemptEvent.Key);
            }

            throw;
        }

        sights.ForEach(sight => presence.SequenceStored(sight.HostId, sight.SessionEpoch, sight.Sequence));
        var written = WrittenKinds.None;
        foreach (var attempt in attempts)
        {
            written |= attempt.Written;
            Tell(attempt);
        }

        return written;
    }

    /// <summary>Tells in the story of an attempt that an event of it was set aside: it stays open until the server's own deadline, or a late word.</summary>
    public Task NoteSetAsideAsync(AttemptKey key, string why, CancellationToken cancellationToken) => store.WriteAsync(
        async (unit, token) =>
        {
            var place = await unit.Dialect.CommandHosts(unit.Context, [key.CommandHostId]).Select(row => new { row.TaskId, row.CommandIndex }).SingleAsync(token);
            var set = await ledgers.OpenAsync(unit, [place.TaskId], Actor.System, time.GetUtcNow(), token);
            await set.LoadAsync([(place.TaskId, key.CommandHostId, place.CommandIndex)], token);
            if (set.Find(place.TaskId) is { } ledger && ledger.Find(key.CommandHostId) is { } row && row.Attempt == key.Attempt)
            {
                ledger.NoteSetAside(row, why);
                await set.SettleAsync(token);
            }
        },
        cancellationToken);

    /// <summary>What the store has of the output of attempts.</summary>
    public Task<Dictionary<AttemptKey, OutputPosition>> PositionsAsync(IReadOnlyCollection<AttemptKey> keys, CancellationToken cancellationToken) =>
        store.WriteAsync((unit, token) => positions.FindAsync(unit, keys, token), cancellationToken);

    /// <summary>Notes how far the agent's journal was when it said this: before the store has it, so that no hello which is judged meanwhile passes an older one.</summary>
    public void See(AttemptEvent attemptEvent)
    {
        if (JournalSights.SequenceOf(attemptEvent) is { } sequence)
        {
            presence.Sequence(attemptEvent.HostId, attemptEvent.SessionEpoch, sequence);
        }
    }

    private async Task<(IReadOnlyCollection<FoldedAttempt> Attempts, List<JournalSight> Sights)> ApplyAsync(WriteUnit unit, IReadOnlyList<AttemptEvent> events, CancellationToken cancellationToken)
    {
        var attempts = new Dictionary<AttemptKey, FoldedAttempt>();
        foreach (var attemptEvent in events)
        {
            if (!attempts.TryGetValue(attemptEvent.Key, out var attempt))
            {
                attempts.Add(attemptEvent.Key, attempt = new FoldedAttempt(attemptEvent.Key));
            }

            attempt.Events.Add(attemptEvent);
        }

        var ids = attempts.Keys.Select(key => key.CommandHostId).ToHashSet();
        var places = await unit.Dialect.CommandHosts(unit.Context, ids)
            .Select(row => new { row.Id, row.TaskId, row.CommandIndex })
            .ToDictionaryAsync(row => row.Id, cancellationToken);
        var set = await ledgers.OpenAsync(unit, [.. places.Values.Select(row => row.TaskId).Distinct()], Actor.System, time.GetUtcNow(), cancellationToken);

        // A command that did not succeed may end everything on its host.
        var failing = events.OfType<AttemptFinished>().Where(end => !AttemptVerdict.IsSuccess(end)).Select(end => end.Key.CommandHostId).ToHashSet();
        var found = places.Values.ToLookup(row => failing.Contains(row.Id), row => (row.TaskId, row.Id, row.CommandIndex));
        await set.LoadAsync(found[true], cancellationToken);
        await set.LoadPartAsync([.. found[false]], cancellationToken);
        var results = await unit.Dialect.Results(unit.Context, ids)
            .Select(result => new { result.CommandHostId, result.Attempt })
            .ToListAsync(cancellationToken);
        var ended = results.Select(result => new AttemptKey(result.CommandHostId, result.Attempt)).ToHashSet();
        var ends = await positions.FindAsync(unit, [.. attempts.Values.Where(attempt => attempt.HasOutputOrEnd).Select(attempt => attempt.Key)], cancellationToken);

        var backgroundsEnded = await BackgroundsEndedAsync(unit, events, cancellationToken);

        var written = new OutputWriter(unit);
        foreach (var attempt in attempts.Values)
        {
            var ledger = places.TryGetValue(attempt.Key.CommandHostId, out var place) ? set.Find(place.TaskId) : null;
            attempt.Start(ledger, ends.GetValueOrDefault(attempt.Key), ended.Contains(attempt.Key));
            foreach (var attemptEvent in attempt.Events)
            {
                Apply(attempt, attemptEvent, backgroundsEnded);
            }

            if (attempt.End is null && attempt.NewFrames.Count > 0)
            {
                written.Keep(attempt.Key, attempt.NewFrames, attempt.Position, outputs.Value.LimitsFor(attempt.Ledger!.Task.Total));
            }

            if (attempt.NewFrames.Count > 0 || attempt.End is not null)
            {
                var change = new OutputChange(attempt.Key.CommandHostId, attempt.Key.Attempt, attempt.End is not null);
                unit.AfterCommit(bus => bus.Publish(change));
            }
        }

        await written.ReadFramesAsync([.. attempts.Values.Where(attempt => attempt is { End: not null, HadFrames: true }).Select(attempt => attempt.Key)], cancellationToken);

        // Ends are applied in the order in which they came: the first failure may stop the rollout, and then no later one is retried.
        foreach (var end in events.OfType<AttemptFinished>())
        {
            if (attempts[end.Key] is var attempt && ReferenceEquals(attempt.End, end))
            {
                Finish(attempt, end, written);
            }
        }

        // Rows are written before the rows that refer to them, and each table once: every transaction takes its locks in one order.
        await set.SettleAsync(cancellationToken);
        await written.WriteAsync(cancellationToken);
        var refused = attempts.Values.SelectMany(attempt => attempt.Refused).Select(refusal => refusal.Event).ToHashSet<AttemptEvent>(ReferenceEqualityComparer.Instance);
        var sights = JournalSights.NotStored(events.Where(attemptEvent => !refused.Contains(attemptEvent)), presence);
        await unit.Dialect.RaiseJournalSequencesAsync(unit.Context, sights, cancellationToken);
        return (attempts.Values, sights);
    }

    /// <summary>Of the attempts whose background has ended by these events: those whose story tells it. Asks the store only when there are any.</summary>
    private static async Task<HashSet<AttemptKey>> BackgroundsEndedAsync(WriteUnit unit, IReadOnlyList<AttemptEvent> events, CancellationToken cancellationToken)
    {
        var ids = events.OfType<AttemptBackgroundEnded>().Select(ended => ended.Key.CommandHostId).ToHashSet();
        if (ids.Count == 0)
        {
            return [];
        }

        var told = await unit.Context.CommandHostEvents.AsNoTracking()
            .Where(told => ids.Contains(told.CommandHostId) && told.Event == StoryEvent.BackgroundEnded)
            .Select(told => new { told.CommandHostId, told.Attempt })
            .ToListAsync(cancellationToken);
        return [.. told.Select(known => new AttemptKey(known.CommandHostId, known.Attempt))];
    }

    private void Apply(FoldedAttempt attempt, AttemptEvent attemptEvent, HashSet<AttemptKey> backgroundsEnded)
    {
        if (attempt.Row is not { } row || row.HostId != attemptEvent.HostId)
        {
            attempt.Refuse(attemptEvent, attempt.Row is null ? "nobody knows this CommandHost" : "it belongs to another host");
            return;
        }

        if (!row.WasDispatched(attempt.Key.Attempt))
        {
            attempt.Refuse(attemptEvent, "this attempt was never dispatched");
            return;
        }

        if (!presence.IsCurrent(attemptEvent.HostId, attemptEvent.SessionEpoch))
        {
            // A newer session has reconciled this host since: its agent has told, or will tell, the same there.
            return;
        }

        switch (attemptEvent)
        {
            case AttemptStarted started:
                if (attempt.IsCurrent && row.StartedAt is null && row.Status is CommandHostStatus.Dispatched or CommandHostStatus.Unreachable)
                {
                    attempt.Ledger!.Start(row, started.StartedAt);
                    attempt.HasStarted = true;
                }

                break;
            case AttemptOutput output:
                attempt.Take(output);
                break;
            case AttemptFinished finished:
                attempt.Take(finished);
                break;
            case AttemptBackgroundEnded ended:
                if (attempt.Take(ended, backgroundsEnded.Contains(attempt.Key)))
                {
                    attempt.Ledger!.NoteBackgroundEnded(row, attempt.Key.Attempt, ended.EndedAt, ended.DroppedBytes, ended.Killed);
                }

                break;
            default:
                throw new InvalidOperationException($"Unknown event {attemptEvent.GetType().Name}.");
        }
    }

    private void Finish(FoldedAttempt attempt, AttemptFinished end, OutputWriter written)
    {
        var (row, ledger) = (attempt.Row!, attempt.Ledger!);
        var (status, reason) = AttemptVerdict.Of(end);

        // Another agent had this host before, and the attempt may have gone to that agent: this agent having lost it, or never had it, is no end.
        var isDoubted = presence.Find(end.HostId)?.DoubtedBefore is { } before && row.DispatchedAt < before && AttemptVerdict.IsOfRecordsAlone(end);
        if (isDoubted)
        {
            (status, reason) = (CommandHostStatus.Failed, Reason.AgentLost);
        }

        // An agent that lost its journal says that the attempt never started, and counts no output: what it sent before is kept all the same.
        end = end with
        {
            StdoutBytes = Math.Max(end.StdoutBytes, attempt.Position.Stdout),
            StderrBytes = Math.Max(end.StderrBytes, attempt.Position.Stderr),
            ClaimedAt = Bound(end.ClaimedAt),
            StartedAt = Bound(end.StartedAt),
            FinishedAt = Bound(end.FinishedAt)!.Value,
            TermSentAt = Bound(end.TermSentAt),
            KillSentAt = Bound(end.KillSentAt),
        };
        var (hash, truncated) = end.StartedAt is null && attempt.Position == default
            ? (null, false)
            : written.Seal(ledger.Task.Id, attempt.Key, attempt.NewFrames, end, outputs.Value.LimitsFor(ledger.Task.Total));
        var settled = !attempt.IsCurrent || row.Status.IsTerminal();
        written.Add(new CommandResult
        {
            CommandHostId = attempt.Key.CommandHostId,
            Attempt = attempt.Key.Attempt,
            TaskId = ledger.Task.Id,
            Status = status,
            Reason = reason,
            Details = DetailsText.Write(end.Details),
            ExitCode = end.ExitCode,
            Signal = end.Signal,
            DispatchedAt = attempt.IsCurrent ? row.DispatchedAt : null,
            ClaimedAt = end.ClaimedAt,
            StartedAt = end.StartedAt,
            FinishedAt = end.FinishedAt,
            CommittedAt = time.GetUtcNow(),
            DurationMs = end.DurationMs,
            StdoutBytes = end.StdoutBytes,
            StderrBytes = end.StderrBytes,
            Truncated = truncated,
            OutputHash = hash,
            JournalSequence = end.JournalSequence,
            Late = settled,
            Background = end.Background,
            TermSentAt = end.TermSentAt,
            KillSentAt = end.KillSentAt,
            Killed = end.Killed,
            Escaped = end.Escaped,
        });

        var noted = new CommandHostEnd(end.FinishedAt, end.StartedAt, end.ExitCode, hash, end.DurationMs);
        if (!settled)
        {
            var command = ledger.Commands[row.CommandIndex];
            if (Gate.MayRetry(ledger.Task, command, row, status, reason))
            {
                // The agent that had this host before, should it be alive, may still run the attempt.
                var delay = TimeSpan.FromSeconds(command.RetryDelaySeconds);
                ledger.Retry(row, presence.HeldFor(row.HostId) is var hold && hold > delay ? hold : delay, new FailedAttempt(status, reason, row.DispatchedAt, noted));
            }
            else if (isDoubted)
            {
                ledger.Lose(row, Reason.AgentLost);
            }
            else
            {
                ledger.End(row, status, reason, noted);
            }
        }
        else if (attempt.IsCurrent && !isDoubted && StateTable.MayCorrect(row.Status, row.Reason, status, reason))
        {
            ledger.Correct(row, status, reason, noted);
        }
        else if (attempt.IsCurrent)
        {
            ledger.NoteLate(row, status, reason);
        }

        DateTimeOffset? Bound(DateTimeOffset? told) => told is { } known ? ledger.Bound(row, attempt.Key.Attempt, known) : null;
    }

    private void Tell(FoldedAttempt attempt)
    {
        foreach (var (refused, why) in attempt.Refused)
        {
            LogRefused(logger, refused.GetType().Name, refused.HostId, refused.Key.CommandHostId, refused.Key.Attempt, why);
            metrics.Refused(refused.GetType().Name);
            refused.Origin.Refused(refused.Key, why);
            if (refused is AttemptBackgroundEnded)
            {
                // No attempt will ever take this event: the agent need not send it again.
                refused.Origin.BackgroundCommitted(refused.Key);
            }
        }

        if (attempt.End is not null)
        {
            positions.Forget(attempt.Key);
        }
        else if (attempt.NewFrames.Count > 0)
        {
            positions.Remember(attempt.Key, attempt.Position);
        }

        foreach (var (stream, origin, offset) in attempt.OutputOrigins)
        {
            origin.OutputCommitted(attempt.Key, stream, offset);
        }

        foreach (var (stream, origin) in attempt.Gaps)
        {
            origin.ResendNeeded(attempt.Key, stream, attempt.Position.Of(stream));
        }

        attempt.EndOrigin?.EndCommitted(attempt.Key);
        attempt.BackgroundOrigin?.BackgroundCommitted(attempt.Key);
    }

    [LoggerMessage(LogLevel.Warning, "{Kind} from host {HostId} about attempt {CommandHostId}#{Attempt} was refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string kind, Guid hostId, Guid commandHostId, int attempt, string why);
}
