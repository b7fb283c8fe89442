using Microsoft.Playwright;
using TaskConsole.Harness;
using static Microsoft.Playwright.Assertions;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>'Did it run?', asked where it finished and where it was canceled.</summary>
public sealed partial class InBrowserTests
{
    /// <summary>Three processes, all deaf to TERM, one of which has left the group.</summary>
    private const string Deaf = "trap '' TERM; setsid sleep 600 & echo ready; while :; do sleep 600; done";

    private ILocator Told(string what) => Page.Locator($"[data-testid=told][data-event={what}]");

    [Fact]
    public async Task The_story_of_a_finished_execution_answers_whether_it_ran()
    {
        var task = await Api.RunAsync(new { name = "Told when finished", commands = new[] { new { script = "echo done" } }, targets = new { selector = "name~=demo-01" } });
        await Api.EndOfAsync(task.Id());
        await _page.GoAsync($"/tasks/{task.Id()}");
        await _page.Get("pane-story").ClickAsync();

        await Expect(_page.Get("story-answer")).ToContainTextAsync("on the host and ended at");
        await Expect(_page.Get("story-answer")).ToContainTextAsync("with exit code 0.");
        await Expect(_page.Get("told")).ToHaveCountAsync(5);
        Assert.Equal(
            ["Dispatched", "Claimed", "Started", "Ended", "Committed"],
            await Task.WhenAll((await _page.Get("told").AllAsync()).Select(told => told.GetAttributeAsync("data-event"))));
        Assert.All(await _page.Get("told").Locator("tc-time").AllTextContentsAsync(), time => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3}$", time));

        await _page.ReloadAsync();
        await Expect(_page.Get("told")).ToHaveCountAsync(5);
        await _page.Get("pane-output").ClickAsync();
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["done"]);
    }

    [Fact]
    public async Task The_story_of_a_canceled_execution_tells_what_the_ladder_did_while_it_does_it()
    {
        var task = await Api.RunAsync(new { name = "Told when canceled", commands = new[] { new { script = Deaf } }, targets = new { selector = "name~=demo-02" } });
        await _page.GoAsync($"/tasks/{task.Id()}");
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["ready"]);
        await _page.Get("pane-story").ClickAsync();
        await Expect(_page.Get("story-answer")).ToContainTextAsync("on the host and is running.");

        await _page.Get("cancel-host").ClickAsync();
        await _page.Get("confirm-yes").ClickAsync();
        await Expect(Told("CancelRequested")).ToContainTextAsync("Cancel requested by admin");
        await Expect(_page.Get("cancel-host")).ToHaveCountAsync(0);
        await Expect(_page.Get("story-answer")).ToContainTextAsync("It was canceled.");
        await Expect(Told("TermSent")).ToBeVisibleAsync();
        await Expect(Told("KillSent").GetByTestId("told-more")).ToHaveTextAsync("3 processes were killed, 1 of them had left its process group");
        await Expect(_page.Row("demo-02")).ToHaveAttributeAsync("data-status", "Canceled");
    }
}
