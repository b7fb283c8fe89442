using TaskConsole.Core.Acts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Rows that were committed as Dispatched, each for the session that it is to go to.</summary>
internal sealed record ClaimedRows(OpsTask Task, IReadOnlyList<(CommandHost Row, long SessionEpoch)> Rows);

/// <summary>Commits ready rows of one task as Dispatched, under the leader's lease.</summary>
internal sealed class DispatchClaim(Store store, LeaderLease lease, TaskLedgers ledgers, TimeProvider time)
{
    /// <summary>Claims those that are still ready; null: the task may not be dispatched any more.</summary>
    /// <exception cref="LeadershipLostException">Another instance leads.</exception>
    public Task<ClaimedRows?> ClaimAsync(Guid taskId, IReadOnlyList<ReadyRow> ready, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return store.WriteAsync<ClaimedRows?>(
            async (unit, token) =>
            {
                await lease.CheckAsync(unit, token);
                var set = await ledgers.OpenAsync(unit, [taskId], Actor.System, now, token);
                if (set.Find(taskId) is not { } ledger || !Gate.MayDispatch(ledger.Task))
                {
                    return null;
                }

                await set.LoadPartAsync([.. ready.Select(row => (taskId, row.Id, row.CommandIndex))], token);
                await GiveUpDoubtedAsync(set, ledger, ready, token);
                var rows = new List<(CommandHost Row, long SessionEpoch)>(ready.Count);
                foreach (var candidate in ready)
                {
                    if (ledger.Find(candidate.Id) is { Status: CommandHostStatus.Pending } row && row.ReadyAt <= now)
                    {
                        ledger.Dispatch(row);
                        rows.Add((row, candidate.SessionEpoch));
                    }
                }

                await set.SettleAsync(token);
                return new ClaimedRows(ledger.Task, rows);
            },
            cancellationToken);
    }

    /// <summary>A retry that only one of two agents with one key has asked for is not sent: the script may run at the other.</summary>
    private static async Task GiveUpDoubtedAsync(LedgerSet set, TaskLedger ledger, IReadOnlyList<ReadyRow> ready, CancellationToken cancellationToken)
    {
        var doubted = ready.Where(candidate => ledger.Find(candidate.Id) is { } row && ledger.IsRetryDoubted(row, candidate.DoubtedBefore)).ToList();
        await set.LoadAsync(doubted.Select(row => (ledger.Task.Id, row.Id, row.CommandIndex)), cancellationToken);
        foreach (var candidate in doubted)
        {
            ledger.End(ledger.Find(candidate.Id)!, CommandHostStatus.Failed, Reason.AgentLost);
        }
    }
}
