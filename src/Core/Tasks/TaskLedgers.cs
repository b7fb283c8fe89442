using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tasks;

/// <summary>Opens the ledgers of tasks within a transaction, and knows who hears of what changes there.</summary>
internal sealed class TaskLedgers(CommandCatalog catalog, IEnumerable<IReaction> reactions)
{
    private readonly IReadOnlyList<IReaction> _reactions = [.. reactions];

    /// <summary>Locks tasks in order of id; ids that do not exist are left out.</summary>
    /// <param name="unit">The transaction.</param>
    /// <param name="taskIds">May be empty.</param>
    /// <param name="actor">Who changes them.</param>
    /// <param name="now">The hub's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<LedgerSet> OpenAsync(WriteUnit unit, IReadOnlyCollection<Guid> taskIds, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var set = new LedgerSet(unit, actor, now, _reactions);
        if (taskIds.Count > 0)
        {
            foreach (var task in await unit.Dialect.LockTasks(unit.Context, taskIds).ToListAsync(cancellationToken))
            {
                set.Add(task, await catalog.GetAsync(task.Id, cancellationToken));
            }
        }

        return set;
    }
}
