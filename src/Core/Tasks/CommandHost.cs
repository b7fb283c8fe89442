namespace TaskConsole.Core.Tasks;

/// <summary>One command on one host: the unit of dispatch, which carries the status. Row of <c>command_hosts</c>.</summary>
/// <remarks>
/// The ids of one task are consecutive, host by host in rollout order and command by command
/// (<see cref="Persistence.IdBlock"/>): id − <see cref="CommandIndex"/> is where its host begins, so the
/// siblings on a host are found by key and order of id is rollout order.
/// </remarks>
public sealed class CommandHost
{
    public Guid Id { get; set; }

    public Guid TaskId { get; set; }

    public int CommandIndex { get; set; }

    public Guid HostId { get; set; }

    /// <summary>Kept here so that history keeps the name when the host is deleted.</summary>
    public required string HostName { get; set; }

    public CommandHostStatus Status { get; set; }

    public Reason? Reason { get; set; }

    /// <summary>The attempt that counts now, from 1.</summary>
    public int Attempt { get; set; }

    /// <summary>From when it may be dispatched; null while an earlier command of the host has not ended.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    /// <summary>
    /// The task while this is the Pending one whose turn it is on its host (a retry may have to wait still), else null:
    /// keeps the index that the scheduler reads as small as what is ready.
    /// </summary>
    public Guid? ReadyTaskId { get; set; }

    public DateTimeOffset? DispatchedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>
    /// Since when nobody can ask its agent: set with Unreachable, and kept by one that was given up before anybody knew
    /// that it had arrived.
    /// </summary>
    public DateTimeOffset? UnreachableSince { get; set; }

    /// <summary>When a cancel of this one was accepted.</summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>
    /// The host while an agent may hold it (Dispatched, Running, Unreachable, or given up and either found alive or
    /// not known to have arrived), else null: keeps the index on hosts as small as what runs.
    /// </summary>
    public Guid? ActiveHostId { get; set; }

    public int? ExitCode { get; set; }

    /// <summary>SHA-256 of the output as kept; what identical outputs are grouped by.</summary>
    public byte[]? OutputHash { get; set; }

    /// <summary>How many events of its story are stored; the number of the next is one more.</summary>
    public int EventCount { get; set; }

    /// <summary>An attempt failed, and the next one has not been sent.</summary>
    internal bool WaitsForRetry => Status == CommandHostStatus.Pending && Attempt > 1;

    /// <summary>Given up, and its agent, which is here, has it or may have it: it can be canceled still.</summary>
    internal bool IsAliveAfterAll => Status.IsTerminal() && ActiveHostId is not null && (UnreachableSince is null || Reason == Tasks.Reason.ServerDeadline);

    /// <summary>Given up, and no journal has told yet whether it ever arrived.</summary>
    internal bool MayNeverHaveArrived => Status.IsTerminal() && ActiveHostId is not null && UnreachableSince is not null;

    /// <summary>Whether an agent can know of this attempt: nothing that it says about another one is believed.</summary>
    internal bool WasDispatched(int attempt) => attempt >= 1 && (attempt < Attempt || (attempt == Attempt && DispatchedAt is not null));
}
