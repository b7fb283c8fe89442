using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence;

/// <summary>The hot statements, set-based and reviewed, once for each engine (docs/decisions/0002).</summary>
internal interface IStoreDialect
{
    /// <summary>Tasks by id in order of id, locked until the transaction ends, tracked.</summary>
    IQueryable<OpsTask> LockTasks(TaskConsoleContext context, IReadOnlyCollection<Guid> ids);

    /// <summary>Hosts by id in order of id, locked until the transaction ends, tracked.</summary>
    IQueryable<Hosts.Host> LockHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids);

    /// <summary>CommandHosts by id, not tracked. The lock of their task guards them.</summary>
    IQueryable<CommandHost> CommandHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids);

    /// <summary>CommandHosts that agents of these hosts may hold, not tracked.</summary>
    IQueryable<CommandHost> ActiveOn(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds);

    /// <summary>Results of CommandHosts by id, not tracked.</summary>
    IQueryable<CommandResult> Results(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds);

    /// <summary>Output frames of CommandHosts by id, not tracked.</summary>
    IQueryable<OutputFrame> Frames(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds);

    Task InsertCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHost> rows, CancellationToken cancellationToken);

    /// <summary>Writes changed rows, each on the condition that its status and attempt are as expected; returns how many were.</summary>
    Task<int> UpdateCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostChange> changes, CancellationToken cancellationToken);

    Task InsertResultsAsync(TaskConsoleContext context, IReadOnlyList<CommandResult> results, CancellationToken cancellationToken);

    Task InsertEventsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostEvent> events, CancellationToken cancellationToken);

    Task InsertFramesAsync(TaskConsoleContext context, IReadOnlyList<OutputFrame> frames, CancellationToken cancellationToken);

    /// <summary>Deletes the frames within these ranges.</summary>
    Task DeleteFramesAsync(TaskConsoleContext context, IReadOnlyList<FrameRange> ranges, CancellationToken cancellationToken);

    /// <summary>Raises how far journals were seen, each unless a newer session has begun or it is there already. In order of host.</summary>
    Task RaiseJournalSequencesAsync(TaskConsoleContext context, IReadOnlyList<JournalSight> sights, CancellationToken cancellationToken);

    /// <summary>Writes when connected hosts were last seen, with what load and how far their journals were, each unless a newer session has begun. In order of host.</summary>
    Task WriteSightsAsync(TaskConsoleContext context, IReadOnlyList<HostSight> sights, CancellationToken cancellationToken);

    /// <summary>Writes what a session changes of its host; the hosts are locked.</summary>
    Task UpdateHostSessionsAsync(TaskConsoleContext context, IReadOnlyList<Hosts.Host> hosts, CancellationToken cancellationToken);

    /// <summary>Active keys of approved hosts, not tracked.</summary>
    IQueryable<Hosts.HostKey> ActiveKeys(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds);

    /// <summary>Stores outputs that are not there yet.</summary>
    Task InsertOutputsAsync(TaskConsoleContext context, IReadOnlyList<SealedOutput> outputs, CancellationToken cancellationToken);

    /// <summary>Bytes of the content of a sealed output, without reading the rest of it into memory here; none behind its end, or when it is not there.</summary>
    /// <param name="context">To read with.</param>
    /// <param name="taskId">Of the output.</param>
    /// <param name="hash">Of the output.</param>
    /// <param name="position">Of the first byte, from 0.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<byte[]> ReadOutputAsync(TaskConsoleContext context, Guid taskId, byte[] hash, long position, int count, CancellationToken cancellationToken);
}

/// <summary>A changed row and what it must have been before.</summary>
internal sealed record CommandHostChange(CommandHost Row, CommandHostStatus ExpectedStatus, int ExpectedAttempt);

/// <summary>How far a host's journal was in a session.</summary>
/// <param name="HostId">Which host.</param>
/// <param name="SessionEpoch">In which of its sessions.</param>
/// <param name="Sequence">How far its journal was.</param>
/// <param name="ConfirmedEpoch">The session's epoch when its agent has stored it, else 0.</param>
internal sealed record JournalSight(Guid HostId, long SessionEpoch, long Sequence, long ConfirmedEpoch);

/// <summary>When a host was last seen in a session, and how it was.</summary>
/// <param name="HostId">Which host.</param>
/// <param name="SessionEpoch">In which of its sessions.</param>
/// <param name="LastSeenAt">When.</param>
/// <param name="Load">JSON of <see cref="Hosts.HostLoad"/>.</param>
/// <param name="Sequence">How far its journal was.</param>
/// <param name="ConfirmedEpoch">The session's epoch when its agent has stored it, else 0.</param>
internal sealed record HostSight(Guid HostId, long SessionEpoch, DateTimeOffset LastSeenAt, string Load, long Sequence, long ConfirmedEpoch);
