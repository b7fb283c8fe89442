using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Results;

/// <summary>What an agent's word means for the status.</summary>
internal static class AttemptVerdict
{
    /// <summary>Whether it succeeded. False for an outcome that nobody knows, too.</summary>
    public static bool IsSuccess(AttemptFinished end) => end is { Outcome: AttemptOutcome.Exited, ExitCode: 0 };

    /// <summary>
    /// Whether the agent tells only what it found in its own records, and nothing that the script did. A copy of an agent
    /// finds the same records, although the script runs for the original.
    /// </summary>
    public static bool IsOfRecordsAlone(AttemptFinished end) =>
        StateTable.IsOfRecordsAlone(Of(end).Reason) || end is { Outcome: AttemptOutcome.Canceled, StartedAt: null };

    /// <exception cref="ArgumentOutOfRangeException">Nobody knows the outcome.</exception>
    public static (CommandHostStatus Status, Reason? Reason) Of(AttemptFinished end) => end.Outcome switch
    {
        _ when IsSuccess(end) => (CommandHostStatus.Succeeded, null),
        AttemptOutcome.Exited => (CommandHostStatus.Failed, Reason.ExitCode),
        AttemptOutcome.Signaled => (CommandHostStatus.Failed, Reason.Signal),
        AttemptOutcome.StartFailed => (CommandHostStatus.Failed, Reason.StartFailed),
        AttemptOutcome.TimedOut => (CommandHostStatus.TimedOut, Reason.Timeout),
        AttemptOutcome.TaskTimedOut => (CommandHostStatus.TimedOut, Reason.TaskTimeout),
        AttemptOutcome.Canceled => (CommandHostStatus.Canceled, Reason.CanceledByUser),
        AttemptOutcome.SupervisorLost => (CommandHostStatus.Failed, Reason.SupervisorLost),
        AttemptOutcome.HostRestarted => (CommandHostStatus.Failed, Reason.HostRestarted),
        AttemptOutcome.Refused => (CommandHostStatus.DispatchFailed, Reason.Refused),
        _ => throw new ArgumentOutOfRangeException(nameof(end), end.Outcome, null),
    };
}
