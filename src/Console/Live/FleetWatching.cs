using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Live;

/// <summary>Follows the fleet for one client.</summary>
internal sealed class FleetWatching(Actor actor, EventBus events, HostService hosts, ITaskWatcher client, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = events.WatchFleet();
        await client.FleetChanged(new FleetChanged(await CountAsync(stop), Everything: true, []));
        while (true)
        {
            var change = await watch.ReadAsync(stop);
            await client.FleetChanged(new FleetChanged(await CountAsync(stop), change.Everything, change.Hosts));
            await Task.Delay(Pause, time, stop);
        }
    }

    private async Task<FleetCounts> CountAsync(CancellationToken stop) => (await hosts.CountAsync(actor, stop)).Value;
}
