using Microsoft.Extensions.Logging;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// Decides on events that failed alone. Each is tried again, alone. An event is judged when it still fails after some
/// seconds, and the store took others of its kind since, or such events are few, or what is held takes more than half of
/// the budget. It is then set aside as poisoned if it fails once more right after the store took a trivial write; otherwise
/// the store is at fault, and the event is kept. What is kept counts in the budget, so that memory stays flat. What is set
/// aside is asked for again every few minutes.
/// </summary>
internal sealed partial class HeldAttempts(
    Func<List<QueuedEvent>, CancellationToken, Task> commit,
    ResultCommitter committer,
    Func<CancellationToken, Task<Exception?>> probe,
    ResultMetrics metrics,
    EventQueue queue,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>More than these failing together, and nothing of their kind succeeding, is no accident of single events.</summary>
    private const int Few = 3;

    /// <summary>Failures in one round; those that succeed are not counted.</summary>
    private const int MaxFailures = 8;

    /// <summary>What fails for less is no proof against an event: a store that stumbles fails as often in a moment.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    private readonly List<HeldAttempt> _held = [];
    private readonly Dictionary<AttemptKey, HeldAttempt> _byKey = [];
    private readonly SetAsideAttempts _setAside = new(time);
    private readonly Dictionary<WrittenKinds, long> _lastWritten = [];
    private long _written;
    private StoreOutage? _round;
    private long _triedAt;
    private TimeSpan _delay;

    /// <summary>How long until the next round; null: nothing is held.</summary>
    public TimeSpan? RetryIn => _held.Count == 0 ? null : _delay - time.GetElapsedTime(_triedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>How long until there is something to do: a round, or to ask again for what was set aside; null: nothing.</summary>
    public TimeSpan? DueIn => RetryIn is { } retry && _setAside.AskIn is { } ask ? (retry < ask ? retry : ask) : RetryIn ?? _setAside.AskIn;

    /// <summary>When the oldest one arrived; null: nothing is held.</summary>
    public long? OldestArrival => _held.Count == 0 ? null : _held.Min(held => held.Suspect.Arrived);

    /// <summary>A transaction was committed, and what it wrote.</summary>
    public void Wrote(WrittenKinds kinds)
    {
        _written++;
        foreach (var kind in new[] { WrittenKinds.Start, WrittenKinds.Output, WrittenKinds.End, WrittenKinds.Background }.Where(kind => kinds.HasFlag(kind)))
        {
            _lastWritten[kind] = _written;
        }
    }

    /// <summary>Keeps an event that failed alone, with what came behind it.</summary>
    public void Hold(List<QueuedEvent> events, Exception failure)
    {
        if (_held.Count == 0)
        {
            _round = new StoreOutage(time.GetTimestamp());
            Postpone();
        }

        var held = new HeldAttempt(events, _written, time.GetTimestamp(), failure);
        _held.Add(held);
        _byKey.Add(held.Key, held);
    }

    /// <summary>Whether events of this attempt are held.</summary>
    public bool Contains(AttemptKey key) => _byKey.ContainsKey(key);

    /// <summary>Takes an event that must not go on: of an attempt that is held, or was set aside for this session.</summary>
    public bool Takes(QueuedEvent queued)
    {
        if (_byKey.TryGetValue(queued.Key, out var held))
        {
            held.Events.Add(queued);
            return true;
        }

        if (_setAside.Contains(queued.Event))
        {
            queue.Done(queued);
            return true;
        }

        return false;
    }

    /// <summary>A round of tries when it is time; what was behind events that the store took after all goes to the front of <paramref name="group"/>. Throws when the store fails.</summary>
    public async Task RetryAsync(EventGroup group, CancellationToken cancellationToken)
    {
        await AskAgainAsync(cancellationToken);
        if (RetryIn == TimeSpan.Zero)
        {
            Postpone();
            await RoundAsync(group, cancellationToken);
            await RelieveAsync(group, cancellationToken);
        }
    }

    private async Task RoundAsync(EventGroup group, CancellationToken cancellationToken)
    {
        var failures = 0;
        foreach (var held in _held.ToList())
        {
            if (failures == MaxFailures)
            {
                return;
            }

            if (await IsTakenAsync(held, group, cancellationToken))
            {
                continue;
            }

            failures++;
            var othersPass = _lastWritten.GetValueOrDefault(WrittenKind.Of(held.Suspect.Event)) > held.FailedAt;
            if ((othersPass || _held.Count <= Few) && await JudgeAsync(held, group, cancellationToken))
            {
                continue;
            }

            // A held attempt goes behind the others and is tried in the next round.
            LogHeld(held);
            _held.Remove(held);
            _held.Add(held);
        }
    }

    /// <summary>Judges the oldest while what is held takes more than half of the budget.</summary>
    private async Task RelieveAsync(EventGroup group, CancellationToken cancellationToken)
    {
        while (queue.IsHalfSpent(_held.SelectMany(held => held.Events))
            && _held.Where(Lasts).MinBy(held => held.Suspect.Arrived) is { } oldest
            && await JudgeAsync(oldest, group, cancellationToken))
        {
            // The next oldest follows.
        }
    }

    /// <summary>Sets an event aside that has failed for long, and fails even right after the store took a trivial write. False: it is held on.</summary>
    private async Task<bool> JudgeAsync(HeldAttempt held, EventGroup group, CancellationToken cancellationToken)
    {
        if (!Lasts(held) || await probe(cancellationToken) is not null)
        {
            return false;
        }

        // The store may have come back between the last failure of the event and the trivial write.
        if (!await IsTakenAsync(held, group, cancellationToken))
        {
            await SetAsideAsync(held, cancellationToken);
        }

        return true;
    }

    /// <summary>Tries a held event alone. Where the store takes it, what came behind it goes to the front of <paramref name="group"/>.</summary>
    private async Task<bool> IsTakenAsync(HeldAttempt held, EventGroup group, CancellationToken cancellationToken)
    {
        if (await TryAsync(held, cancellationToken) is { } failure)
        {
            held.FailedAgain(failure, time.GetTimestamp());
            return false;
        }

        Drop(held);
        group.PutFirst(held.Events.Skip(1));
        return true;
    }

    private bool Lasts(HeldAttempt held) => time.GetElapsedTime(held.FirstFailure, held.LastFailure) >= Lasting;

    /// <summary>Asks for what was set aside some minutes ago, from what the store has of it.</summary>
    private async Task AskAgainAsync(CancellationToken cancellationToken)
    {
        if (_setAside.AskIn != TimeSpan.Zero)
        {
            return;
        }

        var due = _setAside.Due();
        var positions = await committer.PositionsAsync([.. due.Select(hole => hole.Key)], cancellationToken);
        _setAside.Asked();
        foreach (var (key, origin) in due)
        {
            origin.ResendNeeded(key, OutputStream.Stdout, positions[key].Stdout);
            origin.ResendNeeded(key, OutputStream.Stderr, positions[key].Stderr);
        }
    }

    private async Task<Exception?> TryAsync(HeldAttempt held, CancellationToken cancellationToken)
    {
        try
        {
            await commit([held.Suspect], cancellationToken);
            return null;
        }
        catch (Exception failure) when (!StoreFailure.IsUnavailable(failure) && !cancellationToken.IsCancellationRequested)
        {
            return failure;
        }
    }

    private async Task SetAsideAsync(HeldAttempt held, CancellationToken cancellationToken)
    {
        Drop(held);
        held.Events.ForEach(queue.Done);
        metrics.SetAside();
        if (!_setAside.Add(held.Suspect.Event))
        {
            return;
        }

        var kind = held.Suspect.Event.GetType().Name;
        LogSetAside(logger, held.Failure, held.Key.CommandHostId, held.Key.Attempt, kind);
        try
        {
            await committer.NoteSetAsideAsync(held.Key, $"{kind}: {held.Failure.GetBaseException().Message}", cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotNoted(logger, held.Key.CommandHostId, held.Key.Attempt, failure.GetBaseException().Message);
        }
    }

    private void Drop(HeldAttempt held)
    {
        _held.Remove(held);
        _byKey.Remove(held.Key);
    }

    private void Postpone()
    {
        _triedAt = time.GetTimestamp();
        _delay = _round!.NextDelay();
    }

    private void LogHeld(HeldAttempt held)
    {
        var why = held.Failure.GetBaseException().Message;
        if (_round!.IsNews(why))
        {
            LogHeld(logger, _held.Count, why);
        }
    }

    [LoggerMessage(LogLevel.Warning, "What agents say about {Attempts} attempts is not taken by the store, and nothing like it is; it waits: {Why}")]
    private static partial void LogHeld(ILogger logger, int attempts, string why);

    [LoggerMessage(LogLevel.Error, "An event of attempt {CommandHostId}#{Attempt} ({Kind}) cannot be committed though others can, and is set aside: nothing more of this attempt is taken before it is asked for again in some minutes")]
    private static partial void LogSetAside(ILogger logger, Exception failure, Guid commandHostId, int attempt, string kind);

    [LoggerMessage(LogLevel.Warning, "That attempt {CommandHostId}#{Attempt} has an event which was set aside could not be added to its story: {Why}")]
    private static partial void LogNotNoted(ILogger logger, Guid commandHostId, int attempt, string why);
}
