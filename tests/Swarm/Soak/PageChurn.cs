using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Pages;

namespace TaskConsole.Swarm.Soak;

/// <summary>Pages in a real browser, each with a circuit of its own that is left by closing the page; none where there is no Chromium.</summary>
internal sealed class PageChurn(ConsoleUnderLoad console, TaskChurn tasks)
{
    private const string Chromium = "/usr/bin/chromium";
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly string[] Others = ["/tasks", "/hosts", "/tasks/new"];

    /// <summary>Pages that were opened and closed.</summary>
    public int Closed { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Chromium))
        {
            return;
        }

        await using var visitor = await Visitor.SignInAsync(console.Log, hosts: 1);
        while (!cancellationToken.IsCancellationRequested)
        {
            // Every other one is the page of the task that runs.
            await OpenAsync(visitor, Closed % 2 == 0 && tasks.Current is { } task ? $"/tasks/{task}" : Others[Closed / 2 % Others.Length], cancellationToken);
            Closed++;
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task OpenAsync(Visitor visitor, string path, CancellationToken cancellationToken)
    {
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(path);
        await page.GetByTestId("user").WaitForAsync();
        await Task.Delay(Held, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await page.Context.DisposeAsync();
    }
}
