using System.Net;
using TaskConsole.Console.SignIn;
using TaskConsole.Console.Tests.Fixture;

namespace TaskConsole.Console.Tests.SignIn;

public sealed class WrongTokenLimitTests(WebConsole console) : IClassFixture<WebConsole>
{
    private static readonly Uri Tasks = new("/api/v1/tasks", UriKind.Relative);

    [Fact]
    public async Task Who_is_wrong_too_often_is_told_to_come_back_later_and_who_was_right_is_not_locked_out()
    {
        using var right = console.NewProgram();
        using var before = await right.GetAsync(Tasks, TestContext.Current.CancellationToken);
        var answers = new List<HttpStatusCode>();
        for (var guess = 0; guess < 10 * WrongTokenLimit.Burst && !answers.Contains(HttpStatusCode.TooManyRequests); guess++)
        {
            using var guesser = console.NewProgram($"wrong-token-number-{guess:0000}");
            using var answer = await guesser.GetAsync(Tasks, TestContext.Current.CancellationToken);
            answers.Add(answer.StatusCode);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
                Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            }
        }

        using var after = await right.GetAsync(Tasks, TestContext.Current.CancellationToken);
        using var browser = await console.NewSignedInBrowserAsync();
        using var page = await browser.GetAsync(Tasks, TestContext.Current.CancellationToken);
        Assert.All(answers.Take(WrongTokenLimit.Burst), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (before.StatusCode, after.StatusCode, page.StatusCode));
    }

    [Fact]
    public void Addresses_are_counted_apart_and_those_of_one_network_together()
    {
        using var limit = new WrongTokenLimit();
        var hash = new byte[32];
        for (var guess = 0; guess < WrongTokenLimit.Burst; guess++)
        {
            limit.Wrong(IPAddress.Parse("192.0.2.1"));
            limit.Wrong(IPAddress.Parse($"2001:db8::{guess + 1:x}"));
        }

        Assert.NotNull(limit.Wait(IPAddress.Parse("192.0.2.1"), hash));
        Assert.NotNull(limit.Wait(IPAddress.Parse("::ffff:192.0.2.1"), hash));
        Assert.Null(limit.Wait(IPAddress.Parse("192.0.2.2"), hash));
        Assert.NotNull(limit.Wait(IPAddress.Parse("2001:db8::ffff"), hash));
        Assert.Null(limit.Wait(IPAddress.Parse("2001:db8:0:1::1"), hash));
    }
}
