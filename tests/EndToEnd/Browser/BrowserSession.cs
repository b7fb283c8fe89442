using Microsoft.Playwright;
using TaskConsole.EndToEnd.Fixture;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>A real browser that has signed in once by the printed link; each test gets a page of its own with the same cookie.</summary>
public sealed class BrowserSession(SqliteConsole console) : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string? _signedIn;

    /// <summary>Why there is no browser here; null: there is one.</summary>
    public string? SkipReason => File.Exists(Chromium) ? null : $"{Chromium} is not installed; ./test installs it.";

    /// <summary>The link, which is used up, and where it led.</summary>
    public (Uri Link, Uri Landed) SignIn { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if ((SkipReason ?? console.SkipReason) is not null)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
        await using var first = await OpenAsync(signedIn: false);
        var link = console.SignInLink;
        await first.Page.GotoAsync(link.AbsoluteUri);
        await first.Page.GetByTestId("user").WaitForAsync();
        await first.Page.WaitForURLAsync("**/tasks");
        SignIn = (link, new Uri(first.Page.Url));
        _signedIn = await first.Page.Context.StorageStateAsync();
        first.HasNotComplained();
    }

    /// <summary>A page in a context of its own.</summary>
    /// <param name="signedIn">With the cookie.</param>
    /// <param name="scale">Device pixels for each CSS pixel.</param>
    internal async Task<WatchedPage> OpenAsync(bool signedIn = true, float scale = 1)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = console.Address.AbsoluteUri,
            ViewportSize = new() { Width = 1440, Height = 900 },
            DeviceScaleFactor = scale,
            ColorScheme = ColorScheme.Light,
            Locale = "en-US",
            StorageState = signedIn ? _signedIn : null,
        });
        return new WatchedPage(await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
