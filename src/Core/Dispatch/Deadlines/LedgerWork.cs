using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>A CommandHost as a chore found it.</summary>
internal record DueRow(Guid TaskId, Guid Id, int CommandIndex, CommandHostStatus Status, int Attempt);

/// <summary>Transactions on tasks, for the chores. One task at fault holds up no other.</summary>
internal sealed partial class LedgerWork(Store store, LeaderLease lease, TaskLedgers ledgers, TimeProvider time, ILogger<LedgerWork> logger)
{
    /// <summary>A fleet that was lost is given up in parts, so that others come to write in between.</summary>
    private const int MaxRows = 1_000;

    /// <summary>A decision that waited longer for the store is made again by the next sweep: what waited with it may say otherwise.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(2);

    /// <summary>Locks each task, takes these CommandHosts of it, changes those that still are as they were found, and settles.</summary>
    /// <returns>How many still were as they were found.</returns>
    public async Task<int> ChangeAsync<TRow>(IEnumerable<TRow> due, Action<TaskLedger, CommandHost, TRow> change, CancellationToken cancellationToken)
        where TRow : DueRow
    {
        var changed = 0;
        foreach (var rows in due.OrderBy(row => row.Id).GroupBy(row => row.TaskId).SelectMany(task => task.Chunk(MaxRows)))
        {
            var changedHere = 0;
            await ChangeAsync(
                rows[0].TaskId,
                async (set, ledger, token) =>
                {
                    changedHere = 0;
                    await set.LoadAsync(rows.Select(row => (row.TaskId, row.Id, row.CommandIndex)), token);
                    foreach (var found in rows)
                    {
                        if (ledger.Find(found.Id) is { } row && row.Status == found.Status && row.Attempt == found.Attempt)
                        {
                            change(ledger, row, found);
                            changedHere++;
                        }
                    }
                },
                cancellationToken);
            changed += changedHere;
        }

        return changed;
    }

    /// <summary>Locks the task, changes it, and settles.</summary>
    public async Task ChangeAsync(Guid taskId, Func<LedgerSet, TaskLedger, CancellationToken, Task> change, CancellationToken cancellationToken)
    {
        var decidedAt = time.GetUtcNow();
        try
        {
            await store.WriteAsync(
                async (unit, token) =>
                {
                    await lease.CheckAsync(unit, token);
                    if (time.GetUtcNow() - decidedAt > Stale)
                    {
                        return;
                    }

                    var set = await ledgers.OpenAsync(unit, [taskId], Actor.System, time.GetUtcNow(), token);
                    if (set.Find(taskId) is { } ledger)
                    {
                        await change(set, ledger, token);
                        await set.SettleAsync(token);
                    }
                },
                cancellationToken);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or LeadershipLostException))
        {
            LogTaskFailed(logger, failure, taskId);
        }
    }

    [LoggerMessage(LogLevel.Error, "A deadline of task {TaskId} could not be kept; the next sweep tries again")]
    private static partial void LogTaskFailed(ILogger logger, Exception failure, Guid taskId);
}
