using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Live;

/// <summary>Follows one task for one client: an event is a hint, what is sent is read from the store.</summary>
internal sealed class TaskWatching(Guid taskId, Actor actor, EventBus events, TaskQueries tasks, ITaskWatcher client, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = events.WatchTask(taskId);
        await SendProgressAsync(stop);
        while (true)
        {
            var change = await watch.ReadAsync(stop);
            await SendProgressAsync(stop);
            await SendCommandHostsAsync(change, stop);
            await Task.Delay(Pause, time, stop);
        }
    }

    private async Task SendProgressAsync(CancellationToken stop)
    {
        if ((await tasks.GetSummaryAsync(taskId, actor, stop)).TryGet(out var summary, out _))
        {
            await client.TaskProgress(summary);
        }
    }

    private async Task SendCommandHostsAsync(TaskChange change, CancellationToken stop)
    {
        if (change.Everything)
        {
            await client.CommandHostsChanged(new CommandHostsChanged(taskId, Everything: true, []));
        }
        else if (!change.CommandHosts.IsEmpty
            && (await tasks.CommandHostsAsync(taskId, change.CommandHosts, actor, stop)).TryGet(out var items, out _))
        {
            await client.CommandHostsChanged(new CommandHostsChanged(taskId, Everything: false, items));
        }
    }
}
