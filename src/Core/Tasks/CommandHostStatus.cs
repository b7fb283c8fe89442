namespace TaskConsole.Core.Tasks;

/// <summary>Where a CommandHost stands. The numbers are stored; they never change meaning.</summary>
public enum CommandHostStatus : byte
{
    /// <summary>Not sent yet.</summary>
    Pending = 0,

    /// <summary>Committed as sent to the agent; not known to have started.</summary>
    Dispatched = 1,

    /// <summary>The agent said that it started.</summary>
    Running = 2,

    /// <summary>The agent is away; the process may still run. Not terminal.</summary>
    Unreachable = 3,

    /// <summary>Exit code 0.</summary>
    Succeeded = 4,

    /// <summary>It ended otherwise, or nobody will ever know.</summary>
    Failed = 5,

    /// <summary>Ended by its timeout, by the agent's word.</summary>
    TimedOut = 6,

    /// <summary>Ended by a cancel.</summary>
    Canceled = 7,

    /// <summary>It never reached the host.</summary>
    DispatchFailed = 8,

    /// <summary>Left out on purpose.</summary>
    Skipped = 9,
}

/// <summary>Where a task stands. The numbers are stored.</summary>
public enum OpsTaskStatus : byte
{
    /// <summary>Composed, not started.</summary>
    Pending = 0,

    /// <summary>Started by a person, and held until another one approves. Comes with approvals: no task gets here yet.</summary>
    AwaitingApproval = 1,

    /// <summary>Started; nothing was dispatched yet.</summary>
    Queued = 2,

    /// <summary>Something was dispatched.</summary>
    Running = 3,

    /// <summary>Dispatch is stopped; what runs goes on.</summary>
    Paused = 4,

    /// <summary>Every CommandHost succeeded, or was skipped as asked.</summary>
    Completed = 5,

    /// <summary>Ended with anything else.</summary>
    Failed = 6,

    /// <summary>A cancel of the whole task was accepted and something did not succeed.</summary>
    Canceled = 7,
}

/// <summary>Why a CommandHost ended as it did. The names are part of the outside contract, the numbers are stored.</summary>
public enum Reason : byte
{
    ExitCode = 1,
    Signal = 2,
    StartFailed = 3,
    Timeout = 4,
    TaskTimeout = 5,
    ServerDeadline = 6,
    CanceledByUser = 7,
    AgentOffline = 8,
    WaitExpired = 9,
    Refused = 10,
    AgentLost = 11,
    HostRestarted = 12,
    SupervisorLost = 13,
    EarlierCommandFailed = 14,
    RolloutStopped = 15,
    HostOffline = 16,
    HostDraining = 17,
    ResolvedByUser = 18,
}

/// <summary>Order in which tasks are dispatched.</summary>
public enum TaskPriority : byte
{
    Low = 0,
    Normal = 1,
    High = 2,
    Critical = 3,
}

/// <summary>What happens on a host when one of its commands does not succeed.</summary>
public enum OnFailure : byte
{
    /// <summary>The later commands on this host are skipped.</summary>
    StopHost = 0,

    /// <summary>The next command runs all the same.</summary>
    Continue = 1,

    /// <summary>As StopHost, and nothing more is dispatched anywhere.</summary>
    StopTask = 2,
}

/// <summary>What happens with hosts whose agent is away.</summary>
public enum OfflineHosts : byte
{
    Fail = 0,
    Wait = 1,
    Skip = 2,
}
