using Microsoft.AspNetCore.SignalR.Client;
using TaskConsole.Harness;
using TaskConsole.Swarm.Measures;

namespace TaskConsole.Swarm.Soak;

/// <summary>Live views as a program opens them: of a task, the fleet and an output, closed by hand or by the connection's end.</summary>
internal sealed class LiveChurn(ConsoleUnderLoad console, TaskChurn tasks)
{
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Connections that were opened and closed.</summary>
    public int Closed { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (tasks.Current is { } task)
            {
                await WatchAsync(Guid.Parse(task), byHand: Closed % 2 == 0, cancellationToken);
                Closed++;
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WatchAsync(Guid task, bool byHand, CancellationToken cancellationToken)
    {
        await using var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(console.Web, "/hubs/tasks"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(console.Token))
            .Build();
        await connection.StartAsync(CancellationToken.None);
        var row = (await console.Api.GetAsync($"/tasks/{task}/hosts?pageSize=1")).GetProperty("items")[0].Id();
        await connection.InvokeAsync("WatchTask", task, CancellationToken.None);
        await connection.InvokeAsync("WatchFleet", CancellationToken.None);
        await connection.InvokeAsync("WatchOutput", Guid.Parse(row), "Stdout", 0, CancellationToken.None);
        await Task.Delay(Held, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (byHand)
        {
            await connection.InvokeAsync("UnwatchTask", task, CancellationToken.None);
            await connection.InvokeAsync("UnwatchFleet", CancellationToken.None);
            await connection.InvokeAsync("UnwatchOutput", Guid.Parse(row), "Stdout", CancellationToken.None);
        }
    }
}
