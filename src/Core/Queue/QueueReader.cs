using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Queue;

/// <summary>Reads what the scheduler chooses from.</summary>
internal sealed class QueueReader(ReadableSecrets secrets, IOptions<DispatchOptions> options, TimeProvider time)
{
    private const int MostWaiting = 10_000;

    /// <summary>Tasks of which something is pending and may be dispatched, in the order in which they are served; the first 10,000.</summary>
    public static Task<List<WaitingTask>> WaitingAsync(TaskConsoleContext context, CancellationToken cancellationToken) => context.Tasks
        .Where(Gate.IsOpen)
        .Where(task => task.PendingCount > 0)
        .OrderByDescending(task => task.Priority).ThenBy(task => task.Id)
        .Take(MostWaiting)
        .Select(task => new WaitingTask(
            task.Id,
            task.RetryOf,
            task.Priority,
            task.DispatchedCount + task.RunningCount + task.UnreachableCount,
            task.SecretNames != null,
            task.HoldCode,
            task.HoldArguments))
        .ToListAsync(cancellationToken);

    public async Task<FleetState> FleetAsync(TaskConsoleContext context, CancellationToken cancellationToken)
    {
        var inFlight = await context.Tasks
            .Where(task => task.DispatchedCount + task.RunningCount + task.UnreachableCount > 0
                && (task.Status == OpsTaskStatus.Running || task.Status == OpsTaskStatus.Paused))
            .Select(task => task.DispatchedCount + task.RunningCount + task.UnreachableCount)
            .ToListAsync(cancellationToken);
        var limits = options.Value;
        return new FleetState(inFlight.Count, limits.MaxRunningTasks, inFlight.Sum(), limits.MaxRunningExecutions, limits.MaxRunningPerHost);
    }

    public async Task<QueuedTask> QueuedAsync(TaskConsoleContext context, WaitingTask task, CancellationToken cancellationToken) => new(
        task.Id,
        task.RetryOf,
        task.Priority,
        task.InFlight,
        !task.HasSecrets || await secrets.AreReadableAsync(context, task.Id, cancellationToken));

    /// <summary>Rows that may be claimed now, in rollout order.</summary>
    /// <param name="context">To read with.</param>
    /// <param name="task">Of this task.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="mayBeFull">Some host may hold as many executions as it may.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<List<ReadyRow>> ReadyAsync(TaskConsoleContext context, QueuedTask task, int limit, bool mayBeFull, CancellationToken cancellationToken)
    {
        var (taskId, now) = (task.Id, (DateTimeOffset?)time.GetUtcNow());
        return context.CommandHosts
            .Where(row => row.ReadyTaskId == taskId && row.ReadyAt <= now)
            .Join(TakingWork(context, task, mayBeFull), row => row.HostId, host => host.Id, (row, host) => new { row.Id, row.CommandIndex, row.HostId, host.SessionEpoch, host.DoubtedBefore })
            .OrderBy(row => row.Id)
            .Take(limit)
            .Select(row => new ReadyRow(row.Id, row.CommandIndex, row.HostId, row.SessionEpoch, row.DoubtedBefore))
            .ToListAsync(cancellationToken);
    }

    /// <summary>How the rows whose turn it is are held.</summary>
    public async Task<HostTurns> TurnsAsync(TaskConsoleContext context, QueuedTask task, bool mayBeFull, CancellationToken cancellationToken)
    {
        var (taskId, now) = (task.Id, (DateTimeOffset?)time.GetUtcNow());
        var rows = context.CommandHosts.Where(row => row.ReadyTaskId == taskId);
        var ready = await rows.CountAsync(row => row.ReadyAt <= now, cancellationToken);
        var here = ready == 0 ? 0 : await rows.Where(row => row.ReadyAt <= now).Join(context.Hosts.Where(host => host.Connected && !host.Draining), row => row.HostId, host => host.Id, (row, host) => row.Id).CountAsync(cancellationToken);
        var claimable = here == 0 ? 0 : await rows.Where(row => row.ReadyAt <= now).Join(TakingWork(context, task, mayBeFull), row => row.HostId, host => host.Id, (row, host) => row.Id).CountAsync(cancellationToken);
        var next = await rows.Where(row => row.ReadyAt > now).MinAsync(row => row.ReadyAt, cancellationToken);
        return new HostTurns(ready, ready - here, claimable, next);
    }

    /// <summary>Hosts that take something of this task now.</summary>
    private IQueryable<Hosts.Host> TakingWork(TaskConsoleContext context, QueuedTask task, bool mayBeFull)
    {
        var (taskId, parent, most) = (task.Id, task.RetryOf ?? task.Id, options.Value.MaxRunningPerHost);

        // What this task, or the one that it retries, gave up and was found alive must have ended first.
        var hosts = context.Hosts.Where(host => host.Connected && !host.Draining
            && !context.CommandHosts.Any(row => row.ActiveHostId == host.Id && (row.TaskId == taskId || row.TaskId == parent)));
        return mayBeFull ? hosts.Where(host => context.CommandHosts.Count(row => row.ActiveHostId == host.Id) < most) : hosts;
    }
}

/// <summary>A task that waits, as the store has it.</summary>
/// <param name="Id">Which task.</param>
/// <param name="RetryOf">The task that it retries.</param>
/// <param name="Priority">As composed.</param>
/// <param name="InFlight">CommandHosts of it that agents hold.</param>
/// <param name="HasSecrets">It has secret parameters.</param>
/// <param name="HoldCode">Code of the hold that is stored with it.</param>
/// <param name="HoldArguments">Arguments of that hold, JSON.</param>
internal sealed record WaitingTask(Guid Id, Guid? RetryOf, TaskPriority Priority, int InFlight, bool HasSecrets, string? HoldCode, string? HoldArguments);

/// <summary>A row that may be claimed, and the session that it would go to.</summary>
internal sealed record ReadyRow(Guid Id, int CommandIndex, Guid HostId, long SessionEpoch, DateTimeOffset? DoubtedBefore);
