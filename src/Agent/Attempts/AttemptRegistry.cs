using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// All attempts of this host that the hub has not let go, and the owner of the tasks that follow them. At
/// start it takes up what the journal kept.
/// </summary>
internal sealed partial class AttemptRegistry(
    AgentJournal journal,
    LostAttempt lost,
    Leftovers leftovers,
    SupervisorProcesses supervisors,
    TimeProvider time,
    ILoggerFactory loggers,
    ILogger<AttemptRegistry> logger)
    : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<AttemptId, TrackedAttempt> _attempts = new();
    private readonly ConcurrentDictionary<AttemptId, Task> _following = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Oldest claim first, those that were forgotten left out.</summary>
    public IReadOnlyList<TrackedAttempt> Snapshot() =>
        [.. _attempts.Values.Where(attempt => !attempt.IsForgotten).OrderBy(attempt => attempt.Claim.Sequence)];

    public int Kept => _attempts.Count;

    public int Running => _attempts.Values.Count(attempt => attempt.End is null);

    /// <summary>Bytes that all of them take, or may still take while they run.</summary>
    public long ReservedBytes => _attempts.Values.Sum(attempt => attempt.ReservedBytes);

    public bool TryGet(AttemptId id, [NotNullWhen(true)] out TrackedAttempt? attempt) => _attempts.TryGetValue(id, out attempt);

    /// <summary>Follows an attempt that was claimed just now.</summary>
    /// <param name="start">Starts its supervisor.</param>
    public TrackedAttempt Add(AttemptId id, AttemptFolder folder, ClaimRecord claim, Func<CancellationToken, Task<StartedSupervisor?>> start)
    {
        var attempt = new TrackedAttempt(id, folder, claim);
        _attempts[id] = attempt;
        Follow(attempt, start);
        return attempt;
    }

    /// <summary>
    /// The hub lets it go: a tombstone takes its place. The folder goes when that is on disk and it has ended.
    /// </summary>
    public void Release(TrackedAttempt attempt, Action<TombstoneRecord> fill)
    {
        if (attempt.IsForgotten)
            return;
        try
        {
            journal.Tombstones.GiveRoom(attempt.Id, attempt.Folder.TombstonePath);
            journal.Tombstones.Add(attempt.Id, fill);
        }
        catch (IOException failure)
        {
            // The folder stays until there is room, and is offered to the hub again after a restart: nothing is lost.
            LogTombstoneFailed(attempt.Id, failure.Message);
        }

        attempt.Forget();
        DropIfOver(attempt);
    }

    /// <summary>Lets those go that were released while their tombstones could not be written.</summary>
    public void DropReleased()
    {
        foreach (var attempt in _attempts.Values)
            DropIfOver(attempt);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, folder, claim) in journal.Kept)
        {
            var attempt = new TrackedAttempt(id, folder, claim);
            // Released, but the folder could not go before the restart.
            if (journal.Tombstones.TryGet(id, out _))
                attempt.Forget();
            _attempts[id] = attempt;
            Follow(attempt, _ => Task.FromResult<StartedSupervisor?>(null));
        }

        if (!_attempts.IsEmpty)
            LogTakenUp(_attempts.Count);
        return Task.CompletedTask;
    }

    /// <summary>Supervisors go on; only the following ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_following.Values);
    }

    public void Dispose() => _stopping.Dispose();

    private void Follow(TrackedAttempt attempt, Func<CancellationToken, Task<StartedSupervisor?>> start) =>
        _following[attempt.Id] = FollowAsync(attempt, start, _stopping.Token);

    private async Task FollowAsync(TrackedAttempt attempt, Func<CancellationToken, Task<StartedSupervisor?>> start, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var watcher = new AttemptWatcher(attempt, journal, lost, supervisors, time, loggers.CreateLogger<AttemptWatcher>());
        try
        {
            var supervisor = await start(cancellationToken);
            await watcher.RunAsync(supervisor, cancellationToken);
            DropIfOver(attempt);
            leftovers.Take(attempt.Id);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next agent takes it up again.
        }
        catch (Exception failure)
        {
            LogFollowingFailed(failure, attempt.Id);
        }

        _following.TryRemove(attempt.Id, out _);
    }

    // From the thread that follows it, that of the session, or the keeper of the tombstones: one of them removes it.
    private void DropIfOver(TrackedAttempt attempt)
    {
        if (!attempt.IsForgotten || attempt.End is null || !journal.Tombstones.IsDurable(attempt.Id) || !_attempts.TryRemove(attempt.Id, out _))
            return;
        if (!attempt.Folder.Delete())
            LogFolderStays(attempt.Id);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took up {Count} attempts of before")]
    private partial void LogTakenUp(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of attempt {Attempt} cannot be deleted; the next start tries again")]
    private partial void LogFolderStays(AttemptId attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "The tombstone of attempt {Attempt} could not be written: {Why}")]
    private partial void LogTombstoneFailed(AttemptId attempt, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} is no longer followed")]
    private partial void LogFollowingFailed(Exception failure, AttemptId attempt);
}
