using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// Looks twice a second at what is open, and does each chore over all of it. Every deadline is read off the store: a
/// restart loses none. A chore that took long rests the longer, so that a store under load is not asked ever more.
/// </summary>
internal sealed class DeadlineSweeper(Store store, IEnumerable<IDeadlineChore> chores, TimeProvider time) : IChore
{
    private const int RestFactor = 20;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly List<PacedChore> _chores = [.. chores.Select(chore => new PacedChore(chore))];

    public string Name => "deadlines";

    public TimeSpan Interval => TimeSpan.FromMilliseconds(500);

    public ChoreScope Scope => ChoreScope.Leader;

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    /// <exception cref="AggregateException">Some kinds of deadline failed; the others were kept.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var open = await OpenAsync(cancellationToken);
        var now = time.GetUtcNow();
        var (done, failures) = (0, new List<Exception>());
        foreach (var paced in _chores.Where(paced => time.GetElapsedTime(paced.EndedAt) >= paced.Rest))
        {
            var began = time.GetTimestamp();
            try
            {
                done += await paced.Chore.DoAsync(open, now, cancellationToken);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or LeadershipLostException))
            {
                // One kind of deadline that fails holds up no other.
                failures.Add(new InvalidOperationException($"{paced.Chore.GetType().Name} failed: {failure.Message}", failure));
            }

            paced.EndedAt = time.GetTimestamp();
            var rest = time.GetElapsedTime(began, paced.EndedAt) * RestFactor;
            paced.Rest = rest < Interval ? TimeSpan.Zero : rest < LongestRest ? rest : LongestRest;
        }

        return failures.Count == 0 ? done : throw new AggregateException(failures);
    }

    private async Task<IReadOnlyList<OpenTask>> OpenAsync(CancellationToken cancellationToken)
    {
        var context = store.Read();
        await using (context)
        {
            return await context.Tasks
                .Where(task => task.Status >= OpsTaskStatus.Queued && task.Status <= OpsTaskStatus.Paused)
                .OrderBy(task => task.Id)
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
    }

    private sealed class PacedChore(IDeadlineChore chore)
    {
        public IDeadlineChore Chore => chore;

        public long EndedAt { get; set; }

        public TimeSpan Rest { get; set; }
    }
}

/// <summary>One kind of deadline.</summary>
internal interface IDeadlineChore
{
    /// <summary>
    /// Does what is due: asks the store once over all tasks, and not at all when nothing can be due; then one transaction
    /// for each task that has something.
    /// </summary>
    /// <returns>How many CommandHosts or tasks it found due.</returns>
    Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken);
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
