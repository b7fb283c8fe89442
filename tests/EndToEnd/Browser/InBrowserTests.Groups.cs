using TaskConsole.Harness;
using static Microsoft.Playwright.Assertions;

namespace TaskConsole.EndToEnd.Browser;

/// <content>Same answers are put together.</content>
public sealed partial class InBrowserTests
{
    [Fact]
    public async Task The_one_host_that_answers_otherwise_is_seen_at_once_and_opened_by_a_click()
    {
        var task = await Api.RunAsync(new
        {
            name = "One differs",
            commands = new[] { new { script = "echo checking; [ $TASKCONSOLE_HOST_NAME != demo-04 ] || { echo 'no space left on /var' >&2; exit 28; }" } },
            targets = new { selector = "name~=demo-*" },
        });
        await Api.EndOfAsync(task.Id());
        await _page.GoAsync($"/tasks/{task.Id()}");
        await _page.TaskIsAsync("Failed");
        await _page.Get("tab-groups").ClickAsync();
        await Expect(_page.Get("groups-sentence")).ToHaveTextAsync("4 of 5 came to the same, 1 differ");
        await Expect(_page.Get("group-said")).ToHaveTextAsync(["checking", "no space left on /var"]);
        await Expect(_page.Get("group-names")).ToHaveTextAsync(["demo-01, demo-02, demo-03 … and 1 more", "demo-04"]);

        await _page.Get("group").Nth(1).Locator("a.group").ClickAsync();
        await Expect(_page.Get("output")).ToContainTextAsync("demo-04");
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["checking", "no space left on /var"]);
        await _page.Get("group").Nth(0).Locator("a.group").ClickAsync();
        await Expect(_page.Get("output")).ToContainTextAsync("demo-01");

        await _page.Get("group-list").Nth(0).ClickAsync();
        await Expect(_page.Get("group-filter")).ToContainTextAsync("4 executions with this answer");
        await Expect(_page.Get("command-host")).ToHaveCountAsync(4);
        await _page.ReloadAsync();
        await Expect(_page.Get("command-host")).ToHaveCountAsync(4);
        await _page.Get("group-leave").ClickAsync();
        await Expect(_page.Get("command-host")).ToHaveCountAsync(5);
    }
}
