using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace TaskConsole.Swarm.Pages;

/// <summary>A person with a real browser, who has signed in by the link that the console printed.</summary>
internal sealed partial class Visitor : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";
    private const int RowsInSight = 10;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly string _address;
    private readonly int _rows;
    private string? _signedIn;

    private Visitor(IPlaywright playwright, IBrowser browser, string address, int rows)
    {
        _playwright = playwright;
        _browser = browser;
        _address = address;
        _rows = rows;
    }

    /// <param name="log">What the console printed.</param>
    /// <param name="hosts">Hosts of a task: with few of them fewer rows make a useful page.</param>
    public static async Task<Visitor> SignInAsync(string log, int hosts)
    {
        var link = new Uri(SignInLine().Match(log).Groups["link"].Value);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        var visitor = new Visitor(playwright, browser, link.GetLeftPart(UriPartial.Authority), Math.Min(RowsInSight, hosts));
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(link.AbsoluteUri);
        await page.WaitForURLAsync("**/tasks");
        visitor._signedIn = await page.Context.StorageStateAsync();
        await page.Context.DisposeAsync();
        return visitor;
    }

    /// <summary>A page in a context of its own, with nothing in its cache.</summary>
    public async Task<IPage> NewPageAsync()
    {
        var context = await _browser.NewContextAsync(new() { BaseURL = _address, ViewportSize = new() { Width = 1440, Height = 900 }, Locale = "en-US", StorageState = _signedIn });
        await context.AddInitScriptAsync(NotePaint.Replace("ROWS", _rows.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        return page;
    }

    /// <summary>Goes to a page, or loads it anew, and waits for the first useful paint.</summary>
    public static async Task<Paint> PaintAsync(IPage page, string? path)
    {
        await (path is null ? page.ReloadAsync() : page.GotoAsync(path));
        await page.WaitForFunctionAsync("() => window.useful");
        var times = await page.EvaluateAsync<double[]>(WayToPaint);
        return new Paint(times[0], times[1], times[2], times[3]);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    // Useful: rows of hosts or groups with their status are in the page, and a frame with them has been drawn.
    private const string NotePaint = """
        new MutationObserver((_, observer) => {
          if (document.querySelectorAll('[data-testid=command-host][data-status]').length >= ROWS || document.querySelector('[data-testid=group]')) {
            observer.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(() => { window.useful = performance.now(); }));
          }
        }).observe(document, { childList: true, subtree: true });
        """;

    private const string WayToPaint = """
        () => {
          const page = performance.getEntriesByType('navigation')[0];
          const circuit = performance.getEntriesByType('resource').find(entry => entry.name.includes('/_blazor'));
          return [page.responseEnd, page.domContentLoadedEventEnd, circuit ? circuit.responseEnd : 0, window.useful];
        }
        """;

    [GeneratedRegex(@"^Sign in: (?<link>\S+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SignInLine();
}
