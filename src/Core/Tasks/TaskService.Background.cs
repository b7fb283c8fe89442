using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

public sealed partial class TaskService
{
    /// <summary>
    /// Ends what the attempts of a CommandHost left running in the background: TERM, after the grace KILL. It is sent at once
    /// or not at all: <see cref="Problem.WrongState"/> when the agent is not connected, or when nothing that is known runs.
    /// A repeat before the last process has ended is sent again; the story tells the first one.
    /// </summary>
    public async Task<Answer<CommandHostDetail>> EndBackgroundAsync(Guid commandHostId, Actor actor, IdempotencyClaim? idempotency, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        var toSend = new List<EndBackgroundOrder>();
        var answer = await ChangeAsync(
            Act.EndBackground,
            commandHostId,
            actor,
            async (row, ledger, set, act, token) =>
            {
                toSend.Clear();
                if (idempotency is not null && await RememberedAsync(set.Unit, idempotency, token) is { } remembered)
                {
                    act.Repeat();
                    return remembered.Problem;
                }

                if (await RequestEndOfBackgroundAsync(ledger, set, row, toSend, token) is { } problem)
                {
                    return problem;
                }

                act.Note("attempts", null, toSend.ConvertAll(order => order.Key.Attempt));
                Remember(set.Unit, idempotency, row.TaskId);
                return null;
            },
            cancellationToken);
        if (answer.Problem is { } wrong)
        {
            return wrong;
        }

        foreach (var order in toSend)
        {
            if (!_cancels.TrySend(order))
            {
                // A failure is not remembered: the same key tries again.
                await ForgetAsync(idempotency, cancellationToken);
                return NotConnected();
            }

            LogEndBackground(_logger, order.Key.CommandHostId, order.Key.Attempt, actor.Name);
        }

        return await _queries.GetCommandHostAsync(commandHostId, actor, cancellationToken);
    }

    private async Task<Problem?> RequestEndOfBackgroundAsync(
        TaskLedger ledger, LedgerSet set, CommandHost row, List<EndBackgroundOrder> toSend, CancellationToken cancellationToken)
    {
        var left = await set.Unit.Context.CommandResults.AsNoTracking()
            .Where(result => result.CommandHostId == row.Id && result.Background > 0)
            .OrderBy(result => result.Attempt)
            .Select(result => result.Attempt)
            .ToListAsync(cancellationToken);
        var told = await set.Unit.Context.CommandHostEvents.AsNoTracking()
            .Where(told => told.CommandHostId == row.Id && (told.Event == StoryEvent.BackgroundEnded || told.Event == StoryEvent.EndBackgroundRequested))
            .Select(told => new { told.Event, told.Attempt })
            .ToListAsync(cancellationToken);
        var running = left.Where(attempt => !told.Exists(known => known.Event == StoryEvent.BackgroundEnded && known.Attempt == attempt)).ToList();
        if (running.Count == 0)
        {
            return !row.Status.IsTerminal()
                ? new Problem.WrongState(TaskProblemCode.AttemptNotEnded, ("status", row.Status))
                : new Problem.WrongState(left.Count == 0 ? TaskProblemCode.NoBackground : TaskProblemCode.BackgroundEnded);
        }

        if (!_cancels.IsConnected(row.HostId))
        {
            return NotConnected();
        }

        foreach (var attempt in running)
        {
            if (!told.Exists(known => known.Event == StoryEvent.EndBackgroundRequested && known.Attempt == attempt))
            {
                ledger.RequestEndOfBackground(row, attempt);
            }

            toSend.Add(_cancels.EndOfBackground(new AttemptKey(row.Id, attempt), row.HostId));
        }

        return null;
    }

    private static Problem.WrongState NotConnected() => new(TaskProblemCode.AgentNotConnected);

    [LoggerMessage(3, LogLevel.Information, "What attempt {CommandHostId}#{Attempt} left running in the background is to be ended, by {Actor}")]
    private static partial void LogEndBackground(ILogger logger, Guid commandHostId, int attempt, string actor);
}
