using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;
using static Microsoft.Playwright.Assertions;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>The main job as a person does it: in a real browser, on real agents. Nothing may complain in the browser's console.</summary>
[Collection(OnSqlite.Name)]
public sealed partial class InBrowserTests(SqliteConsole console, BrowserSession browser, ITestOutputHelper output)
    : EndToEndTest(console, output), IClassFixture<BrowserSession>
{
    private readonly ITestOutputHelper _output = output;
    private WatchedPage _page = null!;

    private IPage Page => _page.Page;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Assert.SkipWhen(browser.SkipReason is not null, browser.SkipReason ?? "");
        SetDefaultExpectTimeout(30_000);
        _page = await browser.OpenAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_page is not null)
        {
            await using (_page)
            {
                _page.HasNotComplained();
            }
        }
    }

    [Fact]
    public async Task The_printed_link_signs_in_once()
    {
        Assert.Equal("/tasks", browser.SignIn.Landed.AbsolutePath);
        await _page.GoAsync("/tasks");
        await Expect(_page.Get("user")).ToHaveTextAsync("admin");

        await using var stranger = await browser.OpenAsync(signedIn: false);
        var again = await stranger.Page.GotoAsync(browser.SignIn.Link.AbsoluteUri);
        Assert.Equal((int)HttpStatusCode.Unauthorized, again!.Status);
        await stranger.Page.GotoAsync("/tasks");
        Assert.Equal("/sign-in", new Uri(stranger.Page.Url).AbsolutePath);
    }

    [Fact]
    public async Task A_task_composed_on_the_page_runs_and_its_rows_change_without_a_reload()
    {
        var gate = Path.Combine(Console.NewFolder($"gate-{Guid.NewGuid():N}"), "open");
        await _page.GoAsync("/tasks");
        await _page.Get("new-task").ClickAsync();
        await _page.Get("task-name").FillAsync("Composed in a browser");
        await _page.WriteAsync(0, $"echo \"hello from $TASKCONSOLE_HOST_NAME\"\nwhile [ ! -e {gate} ]; do sleep 0.1; done");
        await _page.Get("step-add").ClickAsync();
        await _page.WriteAsync(1, "echo \"second on $TASKCONSOLE_HOST_NAME\"");
        await _page.Get("target-Selector").ClickAsync();
        await _page.Get("selector").FillAsync("env=prod");
        await Expect(_page.Get("preview-count")).ToHaveTextAsync("3");
        await Expect(_page.Get("preview-names")).ToContainTextAsync("demo-05");
        await Expect(_page.Get("happens-sentence")).ToContainTextAsync("2 commands run, one after another, on each of 3 hosts");
        await Page.EvaluateAsync("window.sameDocument = true");

        await _page.Get("start").ClickAsync();
        await Page.WaitForURLAsync(TaskAddress());
        await Expect(_page.Rows("Running")).ToHaveCountAsync(3);
        await _page.TaskIsAsync("Running");
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);
        await Expect(_page.Rows("Succeeded")).ToHaveCountAsync(6);
        await _page.TaskIsAsync("Completed");
        Assert.True(await Page.EvaluateAsync<bool>("window.sameDocument === true"));

        await _page.Row("demo-03", command: 1).ClickAsync();
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["second on demo-03"]);
        await _page.Row("demo-05").ClickAsync();
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["hello from demo-05"]);
    }

    [Fact]
    public async Task What_failed_shows_its_reason_and_Retry_makes_a_new_task_of_it()
    {
        var task = await Api.RunAsync(new
        {
            name = "Fails on one host",
            commands = new[] { new { script = "echo before; [ $TASKCONSOLE_HOST_NAME != demo-03 ] || exit 3" }, new { script = "true" } },
            targets = new { selector = "name~=demo-*" },
        });
        await _page.GoAsync($"/tasks/{task.Id()}");
        await _page.TaskIsAsync("Failed");
        await Expect(_page.Rows("Succeeded")).ToHaveCountAsync(8);
        await Expect(_page.Row("demo-03", command: 1)).ToHaveAttributeAsync("data-status", "Skipped");
        await _page.Row("demo-03").ClickAsync();
        await Expect(_page.Get("output").GetByTestId("status")).ToContainTextAsync("Failed");
        await Expect(_page.Get("output-message")).ToContainTextAsync("The script ended with exit code 3.");

        await _page.Get("retry").ClickAsync();
        await Page.WaitForURLAsync(address => TaskAddress().IsMatch(address) && !address.Contains(task.Id(), StringComparison.Ordinal));
        await Expect(_page.Get("retry-of")).ToHaveAttributeAsync("href", $"tasks/{task.Id()}");
        await _page.TaskIsAsync("Failed");
        await Expect(_page.Get("command-host")).ToHaveCountAsync(2);
        await Expect(_page.Row("demo-03")).ToHaveAttributeAsync("data-status", "Failed");
    }

    [Fact]
    public async Task Cancel_asks_first_and_ends_the_task_as_Canceled()
    {
        var task = await Api.RunAsync(new
        {
            name = "Canceled in a browser",
            commands = new[] { new { script = "echo waiting; sleep 600" } },
            targets = new { selector = "name~=demo-*" },
        });
        await _page.GoAsync($"/tasks/{task.Id()}");
        await Expect(_page.Rows("Running")).ToHaveCountAsync(5);
        await _page.Get("cancel").ClickAsync();
        await _page.Get("confirm-no").ClickAsync();
        await Expect(_page.Get("confirm-no")).ToHaveCountAsync(0);
        Assert.Equal("Running", (await Api.GetAsync($"/tasks/{task.Id()}")).Text("status"));

        await _page.Get("cancel").ClickAsync();
        await _page.Get("confirm-yes").ClickAsync();
        await _page.TaskIsAsync("Canceled");
        await Expect(_page.Rows("Canceled")).ToHaveCountAsync(5);
        await Expect(_page.Get("cancel")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Hosts_shows_the_fleet_and_the_line_to_add_a_host_and_lets_a_person_approve_a_new_key()
    {
        await _page.GoAsync("/hosts");
        for (var number = 1; number <= RunningConsole.Agents; number++)
        {
            await Expect(HostRow($"demo-0{number}")).ToHaveAttributeAsync("data-status", "Online");
        }

        await _page.Get("add-host-open").ClickAsync();
        await Expect(_page.Get("add-host-line")).ToContainTextAsync(Console.JoinToken);
        await Expect(_page.Get("add-host-line")).ToContainTextAsync("--ca-sha256");

        const string Name = "browser-01";
        await using (Console.StartAgent(Name, Console.NewFolder($"{Name}-first-key")))
        {
            await Expect(HostRow(Name)).ToHaveAttributeAsync("data-status", "Online");
        }

        await Expect(HostRow(Name)).ToHaveAttributeAsync("data-status", "Offline");
        await using (Console.StartAgent(Name, Console.NewFolder($"{Name}-second-key")))
        {
            var asking = Page.Locator($"[data-testid=pending-host][data-host={Name}]");
            await Expect(asking.GetByTestId("replacement")).ToBeVisibleAsync();
            await Expect(HostRow(Name)).ToHaveAttributeAsync("data-status", "Offline");
            await asking.GetByTestId("approve").ClickAsync();
            await Expect(_page.Get("confirm-yes")).ToBeDisabledAsync();
            await _page.Get("confirm-answer").FillAsync(Name);
            await _page.Get("confirm-yes").ClickAsync();
            await Expect(HostRow(Name)).ToHaveAttributeAsync("data-status", "Online");
            await Expect(asking).ToHaveCountAsync(0);
        }

        await Expect(HostRow(Name)).ToHaveAttributeAsync("data-status", "Offline");
        await HostRow(Name).GetByTestId("delete").ClickAsync();
        await _page.Get("confirm-yes").ClickAsync();
        await Expect(HostRow(Name)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_language_changes_and_stays()
    {
        await _page.GoAsync("/hosts");
        await Expect(Page.Locator("h1")).ToHaveTextAsync("Hosts");
        await _page.Get("language-zh-CN").ClickAsync();
        await Expect(Page.Locator("h1")).ToHaveTextAsync("主机");
        await Expect(Page.Locator("html")).ToHaveAttributeAsync("lang", "zh-CN");
        await _page.GoAsync("/tasks/new");
        await Expect(_page.Get("start")).ToContainTextAsync("启动");
        await _page.Get("language-en").ClickAsync();
        await Expect(_page.Get("start")).ToContainTextAsync("Start");
    }

    [Fact]
    public async Task A_reload_keeps_what_was_chosen()
    {
        var task = await Api.RunAsync(new
        {
            name = "Chosen row",
            commands = new[] { new { script = "echo first on $TASKCONSOLE_HOST_NAME" }, new { script = "echo second on $TASKCONSOLE_HOST_NAME" } },
            targets = new { selector = "name~=demo-*" },
        });
        await Api.EndOfAsync(task.Id());
        await _page.GoAsync($"/tasks/{task.Id()}");
        await _page.Get("view-list").ClickAsync();
        await _page.Row("demo-04", command: 1).ClickAsync();
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["second on demo-04"]);

        await _page.ReloadAsync();
        await Expect(_page.Row("demo-04", command: 1)).ToHaveAttributeAsync("aria-current", "true");
        await Expect(_page.Get("view-list")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(_page.Get("log-line")).ToHaveTextAsync(["second on demo-04"]);
    }

    private ILocator HostRow(string name) => Page.Locator($"[data-testid=host-row][data-host={name}]");

    [GeneratedRegex(@"/tasks/[0-9a-f-]{36}(\?|$)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex TaskAddress();
}
