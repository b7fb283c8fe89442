using TaskConsole.Core.Tasks;
using static TaskConsole.Core.Tasks.CommandHostStatus;

namespace TaskConsole.Core.Tests.Model;

/// <summary>What docs/architecture.md and the contract say of one task, told a second time in a page, without a store.</summary>
internal sealed partial class TaskModel(ModelSpec spec, IReadOnlyList<ModelHost> hosts, Func<DateTimeOffset> clock)
{
    private bool _dispatched;

    public IReadOnlyList<ModelRow> Rows { get; } = [.. hosts.SelectMany(host => Enumerable.Range(0, spec.Commands.Length)
        .Select(command => new ModelRow { Host = host, Command = command, ReadyAt = command == 0 ? clock() : null }))];

    public DateTimeOffset StartedAt { get; } = clock();

    public bool Canceled { get; private set; }

    public bool TimedOut { get; private set; }

    public bool Stopped { get; private set; }

    public OpsTaskStatus Status { get; private set; } = OpsTaskStatus.Queued;

    private DateTimeOffset Now => clock();

    public bool IsToBeKilled(ModelRow row) => row.CancelRequested || Canceled || TimedOut;

    public IReadOnlyList<ModelRow> Dispatch()
    {
        var sent = Stopped || Canceled || TimedOut ? [] : Rows.Where(row => row.Status == Pending && row.ReadyAt <= Now && row.Host is { Connected: true, Draining: false }
            && !Rows.Any(other => other.Host == row.Host && other.Held)).ToList();
        sent.ForEach(row => (row.Status, row.DispatchedAt) = (Dispatched, Now));
        _dispatched |= sent.Count > 0;
        Settle();
        return sent;
    }

    public void Started(ModelRow row, int attempt)
    {
        if (attempt == row.Attempt && row.StartedAt is null && row.Status is Dispatched or Unreachable)
        {
            (row.Status, row.StartedAt) = (Running, Now);
        }
    }

    public void Finished(ModelRow row, int attempt, CommandHostStatus status, Reason? reason, long[] produced)
    {
        var taken = row.Try(attempt);
        (taken.Offered[1], taken.Offered[2]) = (Math.Max(taken.Offered[1], produced[1]), Math.Max(taken.Offered[2], produced[2]));
        if (taken.Ended || taken.Position[1] < produced[1] || taken.Position[2] < produced[2])
        {
            return;
        }

        (taken.Ended, taken.Produced) = (true, produced);
        var command = spec.Commands[row.Command];
        if (attempt != row.Attempt)
        {
            return;
        }

        if (row.Status.IsTerminal())
        {
            (row.Status, row.Reason) = StateTable.MayCorrect(row.Status, row.Reason, status, reason) ? (status, reason) : (row.Status, row.Reason);
            (row.Held, row.Unknown) = (false, false);
        }
        else if (StateTable.MayRetry(status, reason) && attempt <= command.Retries && !row.CancelRequested && !Canceled && !Stopped && !TimedOut)
        {
            (row.Status, row.Attempt, row.DispatchedAt, row.StartedAt, row.Failed) = (Pending, attempt + 1, null, null, (status, reason));
            row.ReadyAt = Now.AddSeconds(command.RetryDelay);
        }
        else
        {
            End(row, status, reason);
        }

        Settle();
    }

    public bool Cancel(ModelHost? host)
    {
        if (Status.IsTerminal())
        {
            var alive = Rows.Where(row => row.Cancelable && (host is null || row.Host == host)).ToList();
            alive.ForEach(row => row.CancelRequested = true);
            return alive.Count > 0
                || (host is null ? Canceled : Rows.Any(row => row.Host == host && (row.CancelRequested || row.Status == CommandHostStatus.Canceled)));
        }

        Canceled |= host is null;
        foreach (var row in Rows.Where(row => host is null || row.Host == host).Reverse())
        {
            row.CancelRequested |= row.Status.IsActive() || row.Cancelable || row.WaitsForRetry;
            if (row.Status == Pending)
            {
                End(row, CommandHostStatus.Canceled, Reason.CanceledByUser);
            }
        }

        Settle();
        return true;
    }

    public bool Resolve(ModelRow row, CommandHostStatus status)
    {
        if (row.Status == Unreachable)
        {
            End(row, status, Reason.ResolvedByUser);
        }
        else if (row is { Status: Failed, Reason: Reason.AgentLost })
        {
            // A person's word ends no process: what was found alive can be canceled still.
            (row.Status, row.Reason, row.Held, row.Unknown) = (status, Reason.ResolvedByUser, row.Held && !row.Unknown, false);
        }
        else
        {
            return false;
        }

        Settle();
        return true;
    }

    private void End(ModelRow row, CommandHostStatus status, Reason? reason)
    {
        // What had failed and waited for its retry stays failed.
        if (row.WaitsForRetry)
        {
            ((status, reason), row.Attempt, row.DispatchedAt) = (row.Failed, row.Attempt - 1, Now);
        }

        (row.Status, row.Reason) = (status, reason);
        var later = Rows.Where(other => other.Host == row.Host && other.Command > row.Command && other.Status == Pending).ToList();
        var onFailure = spec.Commands[row.Command].OnFailure;
        if (status == Succeeded || (onFailure == OnFailure.Continue && status != Skipped))
        {
            later.Take(1).ToList().ForEach(next => next.ReadyAt ??= Now);
            return;
        }

        var why = status == Skipped ? reason : Stopped ? Reason.RolloutStopped : Reason.EarlierCommandFailed;
        later.ForEach(next => (next.Status, next.Reason) = (Skipped, why));
        Stopped |= onFailure == OnFailure.StopTask && status != Skipped;
    }

    private void SkipPending(Reason reason)
    {
        Rows.Where(row => row.WaitsForRetry).ToList().ForEach(row => End(row, Skipped, reason));
        Rows.Where(row => row.Status == Pending).ToList().ForEach(row => (row.Status, row.Reason) = (Skipped, reason));
    }

    private void Settle()
    {
        if (Stopped)
        {
            SkipPending(Reason.RolloutStopped);
        }

        Status = !Rows.All(row => row.Status.IsTerminal()) ? _dispatched ? OpsTaskStatus.Running : OpsTaskStatus.Queued
            : Canceled && Rows.Any(row => row.Status != Succeeded) ? OpsTaskStatus.Canceled
            : Rows.All(row => row.Status == Succeeded || row is { Status: Skipped, Reason: Reason.HostOffline or Reason.HostDraining }) ? OpsTaskStatus.Completed
            : OpsTaskStatus.Failed;
    }
}
