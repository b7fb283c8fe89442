using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>One transaction on one task, for the chores.</summary>
internal sealed class LedgerWork(Store store, CommandCatalog catalog, DispatchSignal signal, TimeProvider time)
{
    /// <summary>Locks the task, takes these CommandHosts, changes them if they still are as expected, and settles.</summary>
    public Task ChangeAsync(Guid taskId, IReadOnlyCollection<(Guid Id, int CommandIndex)> rows, CommandHostStatus expected, Action<TaskLedger, CommandHost> change, CancellationToken cancellationToken) =>
        ChangeAsync(
            taskId,
            async (set, ledger, token) =>
            {
                await set.LoadAsync(rows.Select(row => (taskId, row.Id, row.CommandIndex)), token);
                foreach (var (id, _) in rows)
                {
                    if (ledger.Find(id) is { } row && row.Status == expected)
                    {
                        change(ledger, row);
                    }
                }
            },
            cancellationToken);

    /// <summary>Locks the task, changes it, and settles.</summary>
    public Task ChangeAsync(Guid taskId, Func<LedgerSet, TaskLedger, CancellationToken, Task> change, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async (unit, token) =>
            {
                var set = await LedgerSet.OpenAsync(unit, [taskId], catalog, time.GetUtcNow(), token);
                if (set.Find(taskId) is { } ledger)
                {
                    await change(set, ledger, token);
                    await set.SettleAsync(token);
                    unit.AfterCommit(_ => signal.Wake());
                }
            },
            cancellationToken);
}
