using System.Globalization;

namespace TaskConsole.Core.Tasks;

/// <summary>Says a <see cref="Reason"/> in a sentence for people: the <c>message</c> of a CommandHost.</summary>
public static class ReasonSentence
{
    // Linux on x64 and arm64; what is not here is told by its number.
    private static readonly string[] SignalNames =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>The sentence, followed by what the agent or a person said; null when there is nothing to say.</summary>
    /// <param name="status">Status that the reason belongs to.</param>
    /// <param name="reason">Null: only the message, if there is one.</param>
    /// <param name="exitCode">Exit code of the interpreter.</param>
    /// <param name="signal">Number of the signal that ended it.</param>
    /// <param name="message">What the agent or a person said.</param>
    public static string? For(CommandHostStatus status, Reason? reason, int? exitCode, int? signal, string? message)
    {
        var said = string.IsNullOrWhiteSpace(message) ? null : message.Trim();
        if (reason is not { } known)
        {
            return said;
        }

        var sentence = Sentence(status, known, exitCode, signal);
        return said is null ? sentence : $"{sentence} {said}";
    }

    private static string Sentence(CommandHostStatus status, Reason reason, int? exitCode, int? signal) => reason switch
    {
        Reason.ExitCode when exitCode is { } code => $"The script ended with exit code {code.ToString(CultureInfo.InvariantCulture)}.",
        Reason.ExitCode => "The script ended with an exit code other than 0.",
        Reason.Signal => $"The script was ended by {SignalName(signal)}, which did not come from TaskConsole.",
        Reason.StartFailed => "The script could not be started.",
        Reason.Timeout => "It ran longer than its timeout allows and was killed.",
        Reason.TaskTimeout when status == CommandHostStatus.Skipped => "The timeout of the task passed before this could be sent.",
        Reason.TaskTimeout => "The timeout of the task passed while it ran, and it was killed.",
        Reason.ServerDeadline => "The agent has said nothing about it until long after its timeout; a late result will correct this.",
        Reason.CanceledByUser => "It was canceled.",
        Reason.AgentOffline => "The agent of the host was away, so this was never delivered.",
        Reason.WaitExpired => "The agent of the host did not come back in the time that the task waits for it.",
        Reason.Refused => "The agent refused to start it.",
        Reason.AgentLost => "The agent has been away for too long, and nobody knows how it ended; a late result will correct this.",
        Reason.HostRestarted => "The host was restarted while it ran.",
        Reason.SupervisorLost => "The process on the host that watched over it died.",
        Reason.EarlierCommandFailed => "An earlier command on this host did not succeed.",
        Reason.RolloutStopped => "The rollout of the task was stopped before this was sent.",
        Reason.HostOffline => "The host was offline, and the task skips such hosts.",
        Reason.HostDraining => "The host is draining and takes nothing new.",
        Reason.ResolvedByUser => $"A person settled it as {(status == CommandHostStatus.Succeeded ? "succeeded" : "failed")}.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no sentence for this reason."),
    };

    private static string SignalName(int? signal) => signal switch
    {
        null or <= 0 => "a signal",
        { } number when number < SignalNames.Length => SignalNames[number],
        { } number => $"signal {number.ToString(CultureInfo.InvariantCulture)}",
    };
}
