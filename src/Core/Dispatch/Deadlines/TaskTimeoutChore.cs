using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch.Deadlines;

/// <summary>
/// The timeout of a whole task, counted from its start, pauses included: what was not delivered is skipped, what runs is
/// killed and becomes TimedOut by the agent's word, what is unreachable waits for the grace.
/// </summary>
internal sealed class TaskTimeoutChore(LedgerWork work, CancelDelivery cancels) : IDeadlineChore
{
    public async Task<int> DoAsync(IReadOnlyList<OpenTask> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = open.Where(task => task is { TimeoutSeconds: { } seconds, StartedAt: { } started, TimedOutAt: null } && now >= started.AddSeconds(seconds)).ToList();
        foreach (var task in due)
        {
            await TimeOutAsync(task.Id, now, cancellationToken);
        }

        return due.Count;
    }

    private async Task TimeOutAsync(Guid taskId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var toSend = new List<CancelOrder>();
        await work.ChangeAsync(
            taskId,
            async (set, ledger, token) =>
            {
                toSend.Clear();
                if (ledger.Task.Status.IsTerminal() || ledger.Task.TimedOutAt is not null)
                {
                    return;
                }

                ledger.Task.TimedOutAt = now;
                await set.LoadOpenAsync(taskId, token);
                await set.LoadAliveAsync(taskId, token);
                ledger.SkipPending(Reason.TaskTimeout);
                toSend.AddRange(ledger.Rows
                    .Where(row => row.Row.Status.IsActive() || row.Row.IsAliveAfterAll)
                    .Select(row => cancels.Order(row.Row, CancelDelivery.Cause(ledger.Task, row.Row) ?? CancelCause.TaskTimeout)));
            },
            cancellationToken);
        cancels.Send(toSend);
    }
}
