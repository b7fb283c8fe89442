using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Events;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Decides what runs, where this instance leads: chooses tasks, has their ready rows claimed and delivered, and notes what
/// holds the others. Holds nothing that cannot be read back from the store.
/// </summary>
internal sealed partial class Scheduler(
    Store store,
    LeaderLease lease,
    QueueReader queue,
    DispatchClaim claim,
    OrderDelivery delivery,
    HoldKeeper holds,
    DispatchSignal signal,
    IOptions<DispatchOptions> options,
    TimeProvider time,
    ILogger<Scheduler> logger) : BackgroundService
{
    private readonly RestingTasks _resting = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var more = false;
            try
            {
                more = lease.IsLeader && await RoundAsync(stoppingToken);
            }
            catch (LeadershipLostException)
            {
                // Another instance schedules; this one looks again after a while.
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogRoundFailed(logger, failure);
            }

            if (!more)
            {
                await signal.WaitAsync(TimeSpan.FromSeconds(options.Value.SweepSeconds), time, stoppingToken);
            }
        }
    }

    /// <summary>One look at the queue. True: there may be more to claim at once.</summary>
    internal async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        _resting.Wake(signal.Take());
        var more = false;
        var context = store.Read();
        await using (context)
        {
            var waiting = await QueueReader.WaitingAsync(context, cancellationToken);
            _resting.ForgetAllBut(waiting);
            holds.ForgetAllBut(waiting);
            if (waiting.Count == 0)
            {
                return false;
            }

            var fleet = await queue.FleetAsync(context, cancellationToken);

            // A task has one execution on a host at a time: with fewer tasks than that no host can be full.
            var mayBeFull = fleet.TasksInFlight + waiting.Count > fleet.MaxPerHost;
            foreach (var task in waiting.Where(task => !_resting.Rests(task.Id)))
            {
                var queued = await queue.QueuedAsync(context, task, cancellationToken);
                if (Gate.Judge(queued, fleet) is { } held)
                {
                    holds.Note(task, held);
                    continue;
                }

                if (fleet.Room <= 0)
                {
                    // The hosts of the task are looked at when there is room; until then the hold that an earlier look found stands.
                    if (task.HoldCode is not (HoldCode.HostsAway or HoldCode.HostsBusy))
                    {
                        holds.Note(task, Gate.FleetIsFull(fleet));
                    }

                    continue;
                }

                var limit = Math.Min(options.Value.ClaimBatch, fleet.Room);
                var ready = await queue.ReadyAsync(context, queued, limit, mayBeFull, cancellationToken);
                var claimed = ready.Count == 0 ? 0 : await ClaimAsync(task.Id, ready, cancellationToken);
                if (claimed > 0)
                {
                    holds.Forget(task.Id);
                    more |= ready.Count == limit && limit < fleet.Room;
                    fleet = fleet with
                    {
                        TasksInFlight = fleet.TasksInFlight + (task.InFlight == 0 ? 1 : 0),
                        ExecutionsInFlight = fleet.ExecutionsInFlight + claimed,
                    };
                }
                else
                {
                    var turns = await queue.TurnsAsync(context, queued, mayBeFull, cancellationToken);
                    var why = Gate.Judge(turns, fleet);
                    holds.Note(task, why);
                    if (turns.Claimable == 0)
                    {
                        _resting.Rest(task.Id, turns, why);
                    }
                }
            }

            await holds.StoreAsync(cancellationToken);
        }

        return more;
    }

    private async Task<int> ClaimAsync(Guid taskId, IReadOnlyList<ReadyRow> ready, CancellationToken cancellationToken)
    {
        if (await claim.ClaimAsync(taskId, ready, cancellationToken) is not { } claimed)
        {
            return 0;
        }

        await delivery.DeliverAsync(claimed.Task, claimed.Rows, cancellationToken);
        return claimed.Rows.Count;
    }

    [LoggerMessage(1, LogLevel.Error, "A round of the scheduler failed; the next one tries again")]
    private static partial void LogRoundFailed(ILogger logger, Exception failure);
}
