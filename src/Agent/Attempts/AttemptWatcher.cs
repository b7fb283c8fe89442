using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Follows one attempt to its end: through its supervisor's connection while there is one, and by its lock, never
/// by a pid, when there is not. The same for an attempt just started and one found after a restart.
/// </summary>
internal sealed partial class AttemptWatcher(
    TrackedAttempt attempt, AgentJournal journal, LostAttempt lost, SupervisorProcesses supervisors, TimeProvider time, ILogger<AttemptWatcher> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    // A supervisor of this agent that lives but has not even taken its lock after so long is given up.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly long _since = time.GetTimestamp();
    private StartedSupervisor? _started;
    private SupervisorLink? _link;
    private bool _linkEnded;
    private string _failure = "";

    /// <summary>Returns when the end is known and counted.</summary>
    /// <param name="started">The supervisor when it is a child of this process.</param>
    /// <param name="cancellationToken">Ends the following, not the attempt.</param>
    public async Task RunAsync(StartedSupervisor? started, CancellationToken cancellationToken)
    {
        (_started, _link) = (started, started?.Link);
        var pause = FirstPause;
        while (!await LookAsync(cancellationToken))
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        supervisors.LookSoon();
    }

    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await FollowAsync(cancellationToken) || TryTakeEnd() || await SettleAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (failure.Message != _failure)
                LogDiskFailure(attempt.Id, failure.Message);
            _failure = failure.Message;
            return false;
        }
    }

    // The connection of the start is there once; a later one is found at the attempt's socket.
    private async Task<bool> FollowAsync(CancellationToken cancellationToken)
    {
        var link = _link;
        _link = null;
        if (link is null)
        {
            if (TryTakeEnd())
                return true;
            link = await SupervisorLink.TryConnectAsync(attempt.Folder.SocketPath, cancellationToken);
        }

        if (link is null)
            return false;
        using (link)
            return await FollowAsync(link, cancellationToken);
    }

    private async Task<bool> FollowAsync(SupervisorLink link, CancellationToken cancellationToken)
    {
        attempt.Attach(link);
        try
        {
            do
            {
                attempt.Saw(attempt.Start ?? attempt.Folder.ReadStart());
                attempt.Changed.Set();
            }
            while (await link.WaitAsync(cancellationToken));
        }
        finally
        {
            attempt.Detach();
        }

        _linkEnded = true;
        if (link.Told is not { } told)
            return false;
        // Its number is that of what is on disk: after a restart the journal must not seem to have been rolled back.
        attempt.Saw(new CountedEnd(told, journal.Sequence));
        LogToldNotWritten(attempt.Id);
        return true;
    }

    private bool TryTakeEnd()
    {
        if (attempt.Folder.ReadEnd() is not { } end)
            return false;
        attempt.Saw(attempt.Folder.ReadStart());
        attempt.Saw(new CountedEnd(end, journal.CountEnd(attempt.Folder)));
        return true;
    }

    // The lock is free and there is no end: whoever had it is gone.
    private async Task<bool> SettleAsync(CancellationToken cancellationToken)
    {
        if (_linkEnded && !attempt.Folder.Exists && !attempt.Folder.IsWanted)
        {
            // The hub has let it go, and its supervisor is gone: nobody asks how it ended.
            attempt.Saw(new CountedEnd(new EndRecord { Outcome = Outcome.SupervisorLost }, journal.Sequence));
            return true;
        }

        using var held = TryLock();
        if (held is null || (!attempt.Folder.HasStart && IsStarting()))
            return false;
        if (attempt.Folder.ReadEnd() is null)
            await lost.SettleAsync(attempt, cancellationToken);
        return TryTakeEnd();
    }

    // Where a script of the same user has taken the folder away, no lock tells that the supervisor is gone; the end of its connection does.
    private FileLock? TryLock() => _linkEnded && !attempt.Folder.Exists
        ? attempt.Folder.Remake(attempt.Claim, attempt.Start ?? LostAttempt.UnreadableStart(attempt))
        : attempt.Folder.TryLock();

    private bool IsStarting() => _started is { } started && supervisors.IsAlive(started.Pid) && time.GetElapsedTime(_since) < StartLimit;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt}: its folder cannot be read or written, trying again: {Why}")]
    private partial void LogDiskFailure(AttemptId attempt, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} has ended, but the record of its end cannot be written; its supervisor told it")]
    private partial void LogToldNotWritten(AttemptId attempt);
}
