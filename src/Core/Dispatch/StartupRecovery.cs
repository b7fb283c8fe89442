using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Before anything listens: no agent is connected to a process that has just begun, so what agents hold is Unreachable
/// until they have said hello. Nobody is judged by this.
/// </summary>
internal sealed partial class StartupRecovery(Store store, TaskLedgers ledgers, TimeProvider time, ILogger<StartupRecovery> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        DateTimeOffset? at = now;
        List<Guid> tasks;
        var context = store.Read();
        await using (context)
        {
            tasks = await context.Tasks
                .Where(task => task.Status < OpsTaskStatus.Completed && task.DispatchedCount + task.RunningCount > 0)
                .Select(task => task.Id)
                .ToListAsync(cancellationToken);
        }

        await store.WriteAsync(
            (unit, token) => unit.Context.Hosts
                .Where(host => host.Connected)
                .ExecuteUpdateAsync(set => set.SetProperty(host => host.Connected, false).SetProperty(host => host.DisconnectedAt, at), token),
            cancellationToken);
        foreach (var taskId in tasks)
        {
            await store.WriteAsync(
                async (unit, token) =>
                {
                    var set = await ledgers.OpenAsync(unit, [taskId], Actor.System, now, token);
                    await set.LoadOpenAsync(taskId, token);
                    foreach (var ledger in set.Ledgers)
                    {
                        foreach (var row in ledger.Rows.Select(row => row.Row).Where(row => row.Status is CommandHostStatus.Dispatched or CommandHostStatus.Running).ToList())
                        {
                            ledger.Away(row, now);
                        }
                    }

                    await set.SettleAsync(token);
                },
                cancellationToken);
        }

        if (tasks.Count > 0)
        {
            LogRecovered(logger, tasks.Count);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "{Tasks} tasks were under way when the console stopped; they go on as their agents come back")]
    private static partial void LogRecovered(ILogger logger, int tasks);
}
