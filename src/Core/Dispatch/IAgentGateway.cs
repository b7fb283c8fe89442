using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Dispatch;

/// <summary>Delivers to the agents that are connected to this instance. Implemented by the hub.</summary>
/// <remarks>Calls never block: what cannot be queued at once is not delivered, and reconciliation finds it later.</remarks>
public interface IAgentGateway
{
    /// <summary>Hands a committed dispatch to the session of its host. False: that session is not here, or its queue is full.</summary>
    bool TryExecute(ExecuteOrder order);

    /// <summary>Hands a cancel to the session of its host. False: no session here, or its queue is full.</summary>
    bool TryCancel(CancelOrder order);

    /// <summary>Whether the agent of a host is connected here.</summary>
    bool IsConnected(Guid hostId);

    /// <summary>Hands the end of what an attempt left in the background to the session of its host. False: no session here.</summary>
    bool TryEndBackground(EndBackgroundOrder order);

    /// <summary>Ends the session of a host whose agent stays silent about what it was sent: the hello of its next one says what it holds.</summary>
    void Reconcile(Guid hostId);

    /// <summary>Ends the session of a host that was deleted or whose key was revoked.</summary>
    void Disconnect(Guid hostId);
}

/// <summary>A dispatch, made from the committed row.</summary>
public sealed record ExecuteOrder
{
    public required AttemptKey Key { get; init; }

    public required Guid HostId { get; init; }

    /// <summary>
    /// The session that it was made for. To a later one it is not delivered: its hello has judged the attempt, perhaps
    /// as lost, and a copy from before would start it after all.
    /// </summary>
    public required long SessionEpoch { get; init; }

    public required Guid TaskId { get; init; }

    public required string TaskName { get; init; }

    public required int CommandIndex { get; init; }

    /// <summary>Past it the agent refuses. Hub's clock, at most 10 minutes ahead.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    public required string Script { get; init; }

    /// <summary>Program and its arguments; the script's file comes behind them.</summary>
    public required IReadOnlyList<string> Interpreter { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required TimeSpan KillGrace { get; init; }

    /// <summary>What the host keeps of each stream.</summary>
    public required OutputLimits Output { get; init; }

    public string? WorkingDirectory { get; init; }

    public string? RunAs { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required IReadOnlyDictionary<string, string> Secrets { get; init; }

    /// <summary>Leaves out what may hold secrets, so that no log can show it.</summary>
    public override string ToString() => $"Execute {Key} on {HostId}";
}

/// <summary>Why an attempt is to be killed.</summary>
public enum CancelCause
{
    User,
    TaskTimeout,
}

/// <summary>Ends what an attempt left running in the background: TERM, after the grace KILL.</summary>
public sealed record EndBackgroundOrder(AttemptKey Key, Guid HostId, TimeSpan KillGrace);

/// <summary>A cancel of one attempt.</summary>
public sealed record CancelOrder(AttemptKey Key, Guid HostId, CancelCause Cause, TimeSpan KillGrace);
