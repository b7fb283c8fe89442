namespace TaskConsole.Contract;

/// <summary>
/// Codes of what is told of the end of an attempt beyond its reason. Agents send them as <c>Detail</c> of the protocol, but for
/// <see cref="SaidByPerson"/>. Each has a sentence in every language of the pages. Behind each code stand its arguments;
/// <c>errno</c> is the number of an error of Linux.
/// </summary>
public static class AttemptDetailCode
{
    /// <summary>The agent refused: it came later than it may start.</summary>
    public const string Expired = "refused.expired";

    /// <summary>The agent refused: the hub had let this attempt go before.</summary>
    public const string LetGo = "refused.let-go";

    /// <summary>The agent refused: its script did not come whole.</summary>
    public const string ScriptIncomplete = "refused.script-incomplete";

    /// <summary>The agent refused: interpreter, timeout or task is missing.</summary>
    public const string Incomplete = "refused.incomplete";

    /// <summary>The agent refused: it does not say how much of its output is to be kept.</summary>
    public const string NoOutputLimits = "refused.no-output-limits";

    /// <summary>The agent refused: more of its output is to be kept than the host keeps. <c>limitBytes</c>.</summary>
    public const string OutputLimitsTooLarge = "refused.output-limits-too-large";

    /// <summary>The agent refused: it does not run as root, so it cannot become this user. <c>user</c>.</summary>
    public const string NotRoot = "refused.not-root";

    /// <summary>The agent refused: as many attempts run on the host as may. <c>limit</c>.</summary>
    public const string Running = "refused.running";

    /// <summary>The agent refused: it keeps as many attempts that the hub has not acknowledged as it may. <c>count</c>.</summary>
    public const string Unacknowledged = "refused.unacknowledged";

    /// <summary>The agent refused: the output that the hub has not acknowledged leaves no room for that of another attempt. <c>bytes, limitBytes</c>.</summary>
    public const string SpoolFull = "refused.spool-full";

    /// <summary>The agent refused: the disk is nearly full, and folders of ended scripts cannot be deleted. <c>percent, folders, bytes</c>.</summary>
    public const string DiskLow = "refused.disk-low";

    /// <summary>The agent refused: its claim could not be written. <c>what, errno</c>.</summary>
    public const string ClaimNotWritten = "refused.claim-not-written";

    /// <summary>It did not start: the host has no such user. <c>user</c>.</summary>
    public const string UserUnknown = "start.user-unknown";

    /// <summary>It did not start: it could not become the user. <c>user, errno</c>.</summary>
    public const string UserRefused = "start.user-refused";

    /// <summary>It did not start: the working directory could not be entered. <c>path, errno</c>.</summary>
    public const string WorkingDirectory = "start.working-directory";

    /// <summary>It did not start: the user cannot read the script in the agent's data directory. <c>user, errno</c>.</summary>
    public const string ScriptUnreadable = "start.script-unreadable";

    /// <summary>It did not start: the interpreter could not be executed. <c>interpreter, errno</c>.</summary>
    public const string Interpreter = "start.interpreter";

    /// <summary>It did not start: the process that was to become the script ended before.</summary>
    public const string ExecEnded = "start.exec-ended";

    /// <summary>It did not start: the agent was ended before.</summary>
    public const string Abandoned = "start.abandoned";

    /// <summary>It did not start: the host's kernel or disk refused something. <c>what, errno</c>.</summary>
    public const string HostFailed = "start.host-failed";

    /// <summary>It was canceled before it reached the host.</summary>
    public const string CanceledBeforeArrival = "end.canceled-before-arrival";

    /// <summary>It has ended, and the record of its end on the host is damaged.</summary>
    public const string EndDamaged = "end.damaged";

    /// <summary>The agent's data directory is a copy: the script runs for the one that it was copied from.</summary>
    public const string Copied = "end.copied";

    /// <summary>Its supervisor was killed, and what was left of it was killed too. <c>count</c>.</summary>
    public const string TreeKilled = "lost.tree-killed";

    /// <summary>Its supervisor was killed; these processes in its cgroup were killed too, and others are perhaps alive. <c>count</c>.</summary>
    public const string CgroupKilled = "lost.cgroup-killed";

    /// <summary>Its supervisor was killed; these processes in its session were killed too, and those that had left it are perhaps alive. <c>count</c>.</summary>
    public const string SessionKilled = "lost.session-killed";

    /// <summary>Processes that carry its mark in their environment, which can be forged and taken off, are alive. <c>count</c>.</summary>
    public const string MarkCarried = "lost.mark-carried";

    /// <summary>Processes were left running in the background. <c>count</c>.</summary>
    public const string Background = "background.left";

    /// <summary>As many scripts as may have left processes running on the host: these have lost their output and their folder. <c>limit</c>.</summary>
    public const string BackgroundTooMany = "background.too-many";

    /// <summary>What was left running has lost its output and its folder, because the host's disk refused something. <c>what, errno</c>.</summary>
    public const string BackgroundNotKept = "background.not-kept";

    /// <summary>What the person who settled it said. <c>text</c>.</summary>
    public const string SaidByPerson = "resolved.said";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Expired, LetGo, ScriptIncomplete, Incomplete, NoOutputLimits, OutputLimitsTooLarge, NotRoot, Running, Unacknowledged, SpoolFull,
        DiskLow, ClaimNotWritten, UserUnknown, UserRefused, WorkingDirectory, ScriptUnreadable, Interpreter, ExecEnded, Abandoned,
        HostFailed, CanceledBeforeArrival, EndDamaged, Copied, TreeKilled, CgroupKilled, SessionKilled, MarkCarried, Background,
        BackgroundTooMany, BackgroundNotKept, SaidByPerson,
    ];
}
