namespace TaskConsole.Contract;

/// <summary>
/// Codes of what is wrong with an act on a task or on a CommandHost. <c>status</c> is that of the CommandHost,
/// <c>taskStatus</c> that of the task. Each has a sentence in every language of the pages. Behind each code stand its
/// arguments.
/// </summary>
public static class TaskProblemCode
{
    /// <summary>There is no task with this id. <c>id</c>.</summary>
    public const string NotFound = "task.not-found";

    /// <summary>The task was started before. <c>taskStatus</c>.</summary>
    public const string NotPending = "task.not-pending";

    /// <summary>The task has not ended. <c>taskStatus</c>.</summary>
    public const string NotEnded = "task.not-ended";

    /// <summary>The task has ended. <c>taskStatus</c>.</summary>
    public const string Ended = "task.ended";

    /// <summary>It is being canceled already.</summary>
    public const string CancelRequested = "task.cancel-requested";

    /// <summary>The task has not been started, so that single hosts cannot be canceled.</summary>
    public const string NotStarted = "task.not-started";

    /// <summary>Every host succeeded.</summary>
    public const string NothingToRetry = "task.nothing-to-retry";

    /// <summary>The hosts to retry on are gone.</summary>
    public const string HostsGone = "task.hosts-gone";

    /// <summary>A list of hosts is empty.</summary>
    public const string HostsMissing = "task.hosts-missing";

    /// <summary>The task does not run on this host. <c>id</c>.</summary>
    public const string HostNotInTask = "task.host-not-in-task";

    /// <summary>There is no CommandHost with this id. <c>id</c>.</summary>
    public const string CommandHostNotFound = "command-host.not-found";

    /// <summary>The CommandHost has no such attempt. <c>id, attempt, last</c>.</summary>
    public const string AttemptNotFound = "command-host.attempt-not-found";

    /// <summary>The CommandHost has ended. <c>status</c>.</summary>
    public const string CommandHostEnded = "command-host.ended";

    /// <summary>Its attempt has not ended. <c>status</c>.</summary>
    public const string AttemptNotEnded = "command-host.not-ended";

    /// <summary>It left no process running in the background.</summary>
    public const string NoBackground = "command-host.no-background";

    /// <summary>What it left running in the background has ended.</summary>
    public const string BackgroundEnded = "command-host.background-ended";

    /// <summary>The agent of its host is away.</summary>
    public const string AgentNotConnected = "command-host.agent-not-connected";

    /// <summary>It cannot be settled as this status.</summary>
    public const string ResolveStatus = "command-host.resolve.status";

    /// <summary>What the person knows is missing or too long, in characters. <c>longest</c>.</summary>
    public const string ResolveMessage = "command-host.resolve.message";

    /// <summary>It cannot be settled. <c>case</c> is Reason, or Status where it has no reason. <c>case, status, reason</c>.</summary>
    public const string ResolveState = "command-host.resolve.state";
}
