using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Follows one attempt to its end: through its supervisor's socket while that listens, and by its lock, never
/// by a pid, when it does not. The same for an attempt just started and one found after a restart.
/// </summary>
internal sealed partial class AttemptWatcher(
    TrackedAttempt attempt, AgentJournal journal, LostAttempt lost, TimeProvider time, ILogger<AttemptWatcher> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    // A supervisor of this agent that lives but has not even taken its lock after so long is given up.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly long _since = time.GetTimestamp();
    private int? _supervisor;
    private string _failure = "";

    /// <summary>Returns when the end is known and counted.</summary>
    /// <param name="supervisor">Pid of the supervisor when it is a child of this process.</param>
    public async Task RunAsync(int? supervisor, CancellationToken cancellationToken)
    {
        _supervisor = supervisor;
        var pause = FirstPause;
        while (!await LookAsync(cancellationToken))
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        while (IsSupervisorAlive())
            await Task.Delay(LongestPause, time, cancellationToken);
    }

    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (TryTakeEnd())
                return true;
            await FollowAsync(cancellationToken);
            return TryTakeEnd() || await SettleAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (failure.Message != _failure)
                LogDiskFailure(attempt.Id, failure.Message);
            _failure = failure.Message;
            return false;
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var link = await SupervisorLink.TryConnectAsync(attempt.Folder, cancellationToken);
        if (link is null)
            return;
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
        using var held = attempt.Folder.TryLock();
        if (held is null || (!attempt.Folder.HasStart && IsStarting()))
            return false;
        if (attempt.Folder.ReadEnd() is null)
            await lost.SettleAsync(attempt, cancellationToken);
        return TryTakeEnd();
    }

    private bool IsStarting() => IsSupervisorAlive() && time.GetElapsedTime(_since) < StartLimit;

    private unsafe bool IsSupervisorAlive()
    {
        int status;
        if (_supervisor is { } pid && Libc.WaitPid(pid, &status, Libc.NoHang) != 0)
            _supervisor = null;
        return _supervisor is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt}: its folder cannot be read or written, trying again: {Why}")]
    private partial void LogDiskFailure(AttemptId attempt, string why);
}
