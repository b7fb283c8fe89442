using System.Net;
using TaskConsole.Console.Tests.Fixture;

namespace TaskConsole.Console.Tests.SignIn;

public sealed class SignInTests(WebConsole console) : IClassFixture<WebConsole>
{
    [Fact]
    public async Task The_link_signs_in_once_and_then_says_how_to_get_a_new_one()
    {
        var link = new Uri(console.NewLink(), UriKind.Relative);
        using var browser = console.NewBrowser();
        using var first = await browser.GetAsync(link);

        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.Equal("/", first.Headers.Location!.OriginalString);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);

        using var other = console.NewBrowser();
        using var second = await other.GetAsync(link);
        var page = await second.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.Contains("start the console again", page, StringComparison.Ordinal);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_look_at_the_link_by_HEAD_does_not_burn_it()
    {
        var link = new Uri(console.NewLink(), UriKind.Relative);
        using var browser = console.NewBrowser();
        using var preview = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Head, link));
        using var click = await browser.GetAsync(link);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Redirect), (preview.StatusCode, click.StatusCode));
    }

    [Theory]
    [InlineData("/tasks/1?tab=hosts", "/tasks/1?tab=hosts")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("tasks", "/")]
    [InlineData("/a\nb", "/")]
    public async Task The_link_goes_on_to_local_addresses_alone(string returnUrl, string expected)
    {
        using var browser = console.NewBrowser();
        using var answer = await browser.GetAsync(new Uri($"{console.NewLink()}&returnUrl={Uri.EscapeDataString(returnUrl)}", UriKind.Relative));

        Assert.Equal(expected, answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("/nosuch")]
    [InlineData("/tasks/nope")]
    public async Task An_address_without_a_page_is_404_and_a_page_all_the_same(string address)
    {
        using var browser = await console.NewSignedInBrowserAsync();
        using var answer = await browser.GetAsync(new Uri(address, UriKind.Relative));

        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("TaskConsole", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_leads_a_stranger_to_the_sign_in_page_and_back()
    {
        using var browser = console.NewBrowser();
        using var answer = await browser.GetAsync(new Uri("/hosts?search=a", UriKind.Relative));
        using var explanation = await browser.GetAsync(answer.Headers.Location);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/sign-in?returnUrl=%2Fhosts%3Fsearch%3Da", answer.Headers.Location!.PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, explanation.StatusCode);
        Assert.Contains("prints a sign-in link", await explanation.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sign_in_page_speaks_Chinese()
    {
        using var browser = console.NewBrowser();
        browser.DefaultRequestHeaders.AcceptLanguage.ParseAdd("zh-CN");

        Assert.Contains("登录链接", await browser.GetStringAsync(new Uri("/sign-in", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cookie_reads_by_REST_and_does_not_write()
    {
        using var browser = await console.NewSignedInBrowserAsync();
        using var read = await browser.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        using var write = await browser.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json("{}"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (read.StatusCode, write.StatusCode));
    }

    [Fact]
    public async Task After_signing_out_the_pages_ask_again()
    {
        using var browser = await console.NewSignedInBrowserAsync();
        using var inside = await browser.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        using var out1 = await browser.PostAsync(new Uri("/sign-out", UriKind.Relative), null);
        using var outside = await browser.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Redirect, HttpStatusCode.Unauthorized), (inside.StatusCode, out1.StatusCode, outside.StatusCode));
    }

    [Fact]
    public async Task No_token_gets_into_the_log()
    {
        var link = console.NewLink();
        using var browser = console.NewBrowser();
        using var first = await browser.GetAsync(new Uri(link, UriKind.Relative));
        using var second = await console.NewBrowser().GetAsync(new Uri(link, UriKind.Relative));
        using var program = console.NewProgram("some-wrong-bearer-token");
        using var refused = await program.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        var log = await LogAsync("A request with a wrong API token");

        Assert.DoesNotContain(link.Split('=')[1], log, StringComparison.Ordinal);
        Assert.DoesNotContain("some-wrong-bearer-token", log, StringComparison.Ordinal);
        Assert.DoesNotContain(WebConsole.Token, log, StringComparison.Ordinal);
    }

    private async Task<string> LogAsync(string until)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var file = Directory.EnumerateFiles(Path.Combine(console.DataDirectory, "logs")).Single();
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            var log = await reader.ReadToEndAsync(patience.Token);
            if (log.Contains(until, StringComparison.Ordinal))
            {
                return log;
            }

            await Task.Delay(20, patience.Token);
        }
    }
}
