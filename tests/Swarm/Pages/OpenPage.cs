using System.Diagnostics;
using Microsoft.Playwright;
using TaskConsole.Swarm.Measures;

namespace TaskConsole.Swarm.Pages;

/// <summary>A page that stays open, and what it weighs: in the browser after a collection, on the wire, and in the console.</summary>
internal sealed class OpenPage
{
    private readonly IPage _page;
    private readonly ICDPSession _tools;
    private readonly int _console;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpuThen;
    private long _received;

    private OpenPage(IPage page, ICDPSession tools, int console)
    {
        _page = page;
        _tools = tools;
        _console = console;
        _cpuThen = ProcessFigures.Cpu(console);
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => Interlocked.Add(ref _received, frame.Binary?.Length ?? frame.Text?.Length ?? 0);
    }

    /// <summary>Watches a page that has not gone anywhere yet.</summary>
    public static async Task<OpenPage> WatchAsync(IPage page, int console)
    {
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("Performance.enable");
        return new OpenPage(page, tools, console);
    }

    /// <summary>Does what a reader does: looks at the output of a row somewhere in the list, and now and then at the groups.</summary>
    public async Task ReadAsync(int round)
    {
        if (round % 3 == 2)
        {
            await _page.GetByTestId("tab-groups").ClickAsync();
            await _page.GetByTestId("group").Locator("a.group").First.ClickAsync();
            return;
        }

        await _page.GetByTestId("tab-hosts").ClickAsync();
        await _page.GetByTestId("command-host").First.WaitForAsync();
        await _page.GetByTestId("command-hosts").EvaluateAsync("(list, share) => { list.scrollTop = list.scrollHeight * share; }", Random.Shared.NextDouble());
        await _page.GetByTestId("command-host").First.EvaluateAsync("row => row.click()");
    }

    public async Task<PageSample> SampleAsync()
    {
        // The second collection takes what the first one only let go of.
        await _tools.SendAsync("HeapProfiler.collectGarbage");
        await _tools.SendAsync("HeapProfiler.collectGarbage");
        var answer = await _tools.SendAsync("Performance.getMetrics");
        var metrics = answer!.Value.GetProperty("metrics").EnumerateArray().ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").GetDouble(), StringComparer.Ordinal);
        var rows = await _page.EvaluateAsync<int>("document.querySelectorAll('[data-testid=command-host]').length");
        return new PageSample(
            Stopwatch.GetElapsedTime(_began).TotalSeconds,
            metrics["JSHeapUsedSize"],
            (int)metrics["Nodes"],
            (int)metrics["JSEventListeners"],
            rows,
            Interlocked.Read(ref _received),
            ProcessFigures.ResidentBytes(_console),
            (ProcessFigures.Cpu(_console) - _cpuThen).TotalSeconds);
    }
}

/// <summary>One look at a page that is open.</summary>
/// <param name="Seconds">Since it was opened.</param>
/// <param name="HeapBytes">JavaScript heap in use, after a collection.</param>
/// <param name="Nodes">DOM nodes that the browser holds.</param>
/// <param name="Listeners">Event listeners.</param>
/// <param name="Rows">Rows of hosts in the document.</param>
/// <param name="ReceivedBytes">Came over the web socket so far.</param>
/// <param name="ConsoleBytes">Resident memory of the console.</param>
/// <param name="ConsoleCpuSeconds">CPU that the console used so far.</param>
internal sealed record PageSample(double Seconds, double HeapBytes, int Nodes, int Listeners, int Rows, long ReceivedBytes, long ConsoleBytes, double ConsoleCpuSeconds);
