using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Queue;

/// <summary>Reads what holds a task, as the scheduler stored it, or one CommandHost, as it is now.</summary>
internal sealed class HoldReader(IOptions<DispatchOptions> options, TimeProvider time)
{
    public static async Task<HoldView?> FindAsync(TaskConsoleContext context, Guid taskId, CancellationToken cancellationToken) =>
        await context.Tasks
            .Where(task => task.Id == taskId && task.HoldCode != null)
            .Select(task => new OpsTask { Name = "", CreatedBy = "", Targets = "", HoldCode = task.HoldCode, HoldArguments = task.HoldArguments, HoldSince = task.HoldSince })
            .SingleOrDefaultAsync(cancellationToken) is { } held
            ? HoldText.View(HoldText.Read(held))
            : null;

    public async Task<HoldView?> FindAsync(TaskConsoleContext context, CommandHost row, CancellationToken cancellationToken)
    {
        if (row.Status != CommandHostStatus.Pending
            || await context.Tasks.Where(Gate.IsOpen).SingleOrDefaultAsync(task => task.Id == row.TaskId, cancellationToken) is not { StartedAt: { } started } task)
        {
            return null;
        }

        var first = IdBlock.Offset(row.Id, -row.CommandIndex);
        var earlier = row.ReadyTaskId is not null
            ? null
            : await context.CommandHosts
                .Where(other => other.TaskId == row.TaskId && other.HostId == row.HostId && other.Id >= first && other.Id < row.Id && other.Status < CommandHostStatus.Succeeded)
                .OrderBy(other => other.Id)
                .Select(other => (int?)other.CommandIndex)
                .FirstOrDefaultAsync(cancellationToken);
        var host = await context.Hosts.SingleOrDefaultAsync(candidate => candidate.Id == row.HostId, cancellationToken);
        var active = await context.CommandHosts.Where(other => other.ActiveHostId == row.HostId).Select(other => other.TaskId).ToListAsync(cancellationToken);
        var hold = Gate.Judge(
            new WaitingRow
            {
                StartedAt = started,
                HostName = row.HostName,
                EarlierCommand = earlier,
                ReadyAt = row.ReadyAt ?? started,
                LastEndedAt = row.WaitsForRetry
                    ? await context.CommandResults.Where(result => result.CommandHostId == row.Id).MaxAsync(result => (DateTimeOffset?)result.CommittedAt, cancellationToken)
                    : null,
                IsHostConnected = host is { Connected: true, Draining: false },
                HostGoneAt = host?.DisconnectedAt,
                HasEarlierAttempt = active.Exists(taskId => taskId == row.TaskId || taskId == task.RetryOf),
                ActiveOnHost = active.Count,
                MaxPerHost = options.Value.MaxRunningPerHost,
                TaskHold = HoldText.Read(task),
            },
            time.GetUtcNow());
        return hold is var (why, since) ? new HoldView(why.Code, why.Arguments, since) : null;
    }
}
