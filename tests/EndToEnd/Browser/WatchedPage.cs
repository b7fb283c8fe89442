using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>A page whose complaints are gathered: errors in the browser's console, and exceptions that nobody caught.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _complaints = new();

    public WatchedPage(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout(30_000);
        page.PageError += (_, error) => _complaints.Enqueue($"page error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                _complaints.Enqueue($"console: {message.Text} ({message.Location})");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Fails when there was any complaint since the page was opened.</summary>
    public void HasNotComplained() => Assert.Empty(_complaints);

    /// <summary>Goes to a path; ready when the circuit has rendered, for nothing is rendered before it.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await InteractiveAsync();
    }

    /// <summary>Loads the page anew.</summary>
    public async Task ReloadAsync()
    {
        await Page.ReloadAsync();
        await InteractiveAsync();
    }

    /// <summary>The element with a <c>data-testid</c>.</summary>
    public ILocator Get(string testId) => Page.GetByTestId(testId);

    /// <summary>The execution of a command on a host, in the table.</summary>
    public ILocator Row(string host, int command = 0) => Page.Locator($"[data-testid=command-host][data-host='{host}'][data-command='{command}']");

    /// <summary>Executions in the table with a status.</summary>
    public ILocator Rows(string status) => Page.Locator($"[data-testid=command-host][data-status={status}]");

    /// <summary>Waits until the task on the page has a status.</summary>
    public Task TaskIsAsync(string status) => Page.Locator($"[data-testid=task][data-status={status}]").WaitForAsync();

    /// <summary>Replaces the script of a step.</summary>
    public Task WriteAsync(int step, string script) => Get("script-editor").Nth(step).Locator(".cm-content").FillAsync(script);

    /// <summary>Last part of the path: the task's id on a task's page.</summary>
    public string TaskId => new Uri(Page.Url).Segments[^1];

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    private async Task InteractiveAsync()
    {
        await Get("shell").WaitForAsync();
        await Get("user").Filter(new() { HasText = "admin" }).WaitForAsync();
    }
}
