namespace TaskConsole.Contract;

/// <summary>
/// Codes of why nothing of a task, or one CommandHost, is dispatched now. Each has a sentence in every language of the pages.
/// Behind each code stand its arguments.
/// </summary>
public static class HoldCode
{
    /// <summary>The secret parameters cannot be decrypted: the key ring of the installation was lost.</summary>
    public const string SecretsUnreadable = "secrets-unreadable";

    /// <summary>As many tasks have something in flight as may. <c>limit</c>.</summary>
    public const string TaskLimit = "task-limit";

    /// <summary>Every host whose turn it is has as many executions as it may, or still runs an earlier one of this task. <c>hosts, limit</c>.</summary>
    public const string HostsBusy = "hosts-busy";

    /// <summary>Every host whose turn it is is away. <c>hosts</c>; of a CommandHost <c>host</c>.</summary>
    public const string HostsAway = "hosts-away";

    /// <summary>As many executions are in flight in the whole fleet as may. <c>limit</c>.</summary>
    public const string FleetLimit = "fleet-limit";

    /// <summary>Of a CommandHost: the last attempt failed, and the next one waits for its delay. <c>at</c>: when it may be sent, in UTC.</summary>
    public const string RetryWait = "retry-wait";

    /// <summary>Of a CommandHost: what was given up on this host, of this task or of the one that it retries, may still run.</summary>
    public const string EarlierAttempt = "earlier-attempt";

    /// <summary>Of a CommandHost: an earlier command of the task has not ended on this host. <c>command</c>: its number, from 1.</summary>
    public const string EarlierCommand = "earlier-command";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [SecretsUnreadable, TaskLimit, HostsBusy, HostsAway, FleetLimit, RetryWait, EarlierAttempt, EarlierCommand];
}
