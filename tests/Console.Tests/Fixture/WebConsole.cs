using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Settings;
using TaskConsole.Console.SignIn;
using TaskConsole.Core;

namespace TaskConsole.Console.Tests.Fixture;

/// <summary>The real console in this process: real Kestrel on a free port, real SQLite in a temporary folder, no agents.</summary>
public sealed class WebConsole : IAsyncLifetime
{
    public const string Token = "bootstrap-token-of-the-tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-web-").FullName;
    private WebApplication? _app;

    public IServiceProvider Services => _app!.Services;

    public string DataDirectory => Path.Combine(_folder, "data");

    public Uri Address => Services.GetRequiredService<WebListeners>().FirstAddress;

    public async ValueTask InitializeAsync()
    {
        _app = Program.Build(
        [
            "--Urls", "http://127.0.0.1:0",
            "--AgentHub:Listen", "127.0.0.1:0",
            "--DataDirectory", DataDirectory,
            "--Security:BootstrapApiToken", Token,
        ]);
        await _app.Services.MigrateStoreAsync(CancellationToken.None);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A browser that follows no redirect, so that a test sees it.</summary>
    internal HttpClient NewBrowser() => new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };

    /// <summary>A browser that has signed in.</summary>
    internal async Task<HttpClient> NewSignedInBrowserAsync()
    {
        var browser = NewBrowser();
        using var answer = await browser.GetAsync(new Uri(NewLink(), UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>A new one-time link; an earlier one is void.</summary>
    internal string NewLink() => $"/sign-in?token={Services.GetRequiredService<SignInLink>().Issue()}";

    /// <summary>A program with a token; null: without.</summary>
    internal HttpClient NewProgram(string? token = Token)
    {
        var program = new HttpClient { BaseAddress = Address };
        program.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return program;
    }

    internal static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
