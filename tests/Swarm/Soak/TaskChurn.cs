using System.Globalization;
using System.Net;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Measures;

namespace TaskConsole.Swarm.Soak;

/// <summary>Tasks of all sorts, one after the other, each read by REST while it runs and when it has ended; every fifth is canceled.</summary>
internal sealed class TaskChurn(ConsoleUnderLoad console)
{
    private const int CancelEach = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly SwarmScript[] Scripts =
    [
        new(20, 0, 0, Distinct: false),
        new(2_000, 500, 0, Distinct: true),
        new(8 * 1024, 0, 0, Distinct: true),
        new(20, 0, 3, Distinct: false),
        new(200, 3_000, 0, Distinct: false),
    ];

    /// <summary>Tasks that have ended.</summary>
    public int Ended { get; private set; }

    /// <summary>The task that runs now; null before the first.</summary>
    public string? Current { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var number = 0; !cancellationToken.IsCancellationRequested; number++)
        {
            var task = await console.Api.PostAsync(
                "/tasks",
                new
                {
                    name = string.Create(CultureInfo.InvariantCulture, $"soak {number}"),
                    start = true,
                    commands = new[] { new { script = Scripts[number % Scripts.Length].ToString() }, new { script = Scripts[0].ToString() } },
                    targets = new { selector = "name~=sw-*" },
                    offlineHosts = "Wait",
                    waitSeconds = 60,
                },
                HttpStatusCode.Created);
            Current = task.Id();
            if (number % CancelEach == CancelEach - 1)
            {
                await console.Api.PostAsync($"/tasks/{Current}/cancel");
            }

            await Wait.UntilAsync($"task {number} to end", () => HasEndedAsync(Current), Patience);
            await ReadAsync(Current);
            Ended++;
        }
    }

    private async Task<bool> HasEndedAsync(string task)
    {
        await console.Api.GetAsync($"/tasks/{task}/hosts?pageSize=100");
        return (await console.Api.GetAsync($"/tasks/{task}")).Text("status") is "Completed" or "Failed" or "Canceled";
    }

    private async Task ReadAsync(string task)
    {
        await console.Api.GetAsync("/tasks?pageSize=50");
        await console.Api.GetAsync("/hosts?pageSize=100");
        await console.Api.GetAsync($"/tasks/{task}/groups");
        var row = (await console.Api.GetAsync($"/tasks/{task}/hosts?pageSize=1")).GetProperty("items")[0];
        await console.Api.SendAsync(HttpMethod.Get, $"/command-hosts/{row.Id()}/output?stream=stdout");
    }
}
