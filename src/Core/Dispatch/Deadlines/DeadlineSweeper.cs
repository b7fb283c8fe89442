using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// Looks twice a second at what is open, and does each chore on the tasks that have something for it. Every deadline is
/// read off the store: a restart loses none.
/// </summary>
internal sealed partial class DeadlineSweeper(Store store, IEnumerable<IDeadlineChore> chores, TimeProvider time, ILogger<DeadlineSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(logger, failure);
            }
        }
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        List<OpenTask> tasks;
        var context = store.Read();
        await using (context)
        {
            tasks = await context.Tasks
                .Where(task => task.Status == OpsTaskStatus.Queued || task.Status == OpsTaskStatus.Running || task.Status == OpsTaskStatus.Paused)
                .Select(task => new OpenTask(
                    task.Id,
                    task.Status,
                    task.StartedAt,
                    task.TimeoutSeconds,
                    task.TimedOutAt,
                    task.OfflineHosts,
                    task.WaitSeconds,
                    task.PendingCount,
                    task.DispatchedCount,
                    task.RunningCount,
                    task.UnreachableCount))
                .ToListAsync(cancellationToken);
        }

        var now = time.GetUtcNow();
        foreach (var chore in chores)
        {
            foreach (var task in tasks.Where(task => chore.Concerns(task, now)))
            {
                try
                {
                    await chore.DoAsync(task, now, cancellationToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    // One task at fault holds up no other.
                    LogChoreFailed(logger, failure, chore.GetType().Name, task.Id);
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Chore} failed on task {TaskId}; the next sweep tries again")]
    private static partial void LogChoreFailed(ILogger logger, Exception failure, string chore, Guid taskId);

    [LoggerMessage(LogLevel.Error, "A sweep failed; the next one tries again")]
    private static partial void LogSweepFailed(ILogger logger, Exception failure);
}

/// <summary>One kind of deadline.</summary>
internal interface IDeadlineChore
{
    /// <summary>Cheap: whether there can be anything to do for this task.</summary>
    bool Concerns(OpenTask task, DateTimeOffset now);

    Task DoAsync(OpenTask task, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A task that has been started and has not ended.</summary>
internal sealed record OpenTask(
    Guid Id,
    OpsTaskStatus Status,
    DateTimeOffset? StartedAt,
    int? TimeoutSeconds,
    DateTimeOffset? TimedOutAt,
    OfflineHosts OfflineHosts,
    int? WaitSeconds,
    int Pending,
    int Dispatched,
    int Running,
    int Unreachable);
