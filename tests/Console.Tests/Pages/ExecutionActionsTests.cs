using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using TaskConsole.Console.Components.Tasks.Detail;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>What a person can do about one execution or some hosts: cancel there, or settle what nobody will ever know.</summary>
public sealed class ExecutionActionsTests : EnginePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(CommandHostStatus.Pending)]
    [InlineData(CommandHostStatus.Dispatched)]
    [InlineData(CommandHostStatus.Running)]
    [InlineData(CommandHostStatus.Unreachable)]
    public async Task What_has_not_ended_can_be_canceled_on_its_host_alone(CommandHostStatus status)
    {
        var host = await AddHostAsync("web-01", connect: status != CommandHostStatus.Pending);
        await AddHostAsync("web-02");
        var task = await CreateAsync("cancel here", start: true);
        await ReachAsync(host.Id, status);
        var row = await RowAsync(task, "web-01");
        Assert.Equal(status, row.Status);
        var dialogs = Render<MudDialogProvider>();
        var page = Open(task, $"row={row.Id}");
        page.WaitForElement("[data-testid=cancel-host]", Patience);
        var canceling = page.Find("[data-testid=cancel-host]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=confirm-yes]", Patience);
        await dialogs.Find("[data-testid=confirm-yes]").ClickAsync(new());
        await canceling;

        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=cancel-host]")), Patience);
        if (status == CommandHostStatus.Pending)
        {
            page.WaitForAssertion(() => Assert.Equal("Canceled", Row(page, "web-01").GetAttribute("data-status")), Patience);
            Assert.Empty(Canceled);
        }
        else
        {
            Assert.Equal([row.Id], Canceled.Select(key => key.CommandHostId));
            page.WaitForElement("[data-testid=output] [data-testid=cancel-requested]", Patience);
        }

        Assert.Null((await RowAsync(task, "web-02")).CancelRequestedAt);
    }

    [Fact]
    public async Task What_was_found_alive_after_the_task_had_ended_can_be_canceled_on_its_host_and_as_a_whole()
    {
        var host = await AddHostAsync("web-01");
        var task = await CreateAsync("alive", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await LoseAsync(order);
        var dialogs = Render<MudDialogProvider>();
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Equal("Failed", page.Find("[data-testid=task]").GetAttribute("data-status")), Patience);
        Assert.Empty(page.FindAll("[data-testid=cancel-host], [data-testid=still-runs], [data-testid=may-still-run]"));

        await ByeAsync(host.Id);
        await HelloAsync(host.Id, Journaled(order));
        page.WaitForElement("[data-testid=cancel-host]", Patience);
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("[data-testid=may-still-run]").Count), Patience);
        Assert.Contains("1 execution that was given up may still run on its host.", page.Find("[data-testid=still-runs]").TextContent, StringComparison.Ordinal);
        var canceling = page.Find("[data-testid=still-runs-cancel]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=confirm-yes]", Patience);
        await dialogs.Find("[data-testid=confirm-yes]").ClickAsync(new());
        await canceling;
        Assert.Equal([order.Key], Canceled);

        await EndedAsync(order, end => end with { Outcome = AttemptOutcome.Canceled });
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=still-runs]")), Patience);
        page.WaitForAssertion(() => Assert.Equal("Canceled", Row(page, "web-01").GetAttribute("data-status")), Patience);
    }

    [Fact]
    public async Task What_a_script_left_in_the_background_is_ended_from_its_pane_and_the_story_tells_it()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("daemon", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        var dialogs = Render<MudDialogProvider>();
        var page = Open(task, "pane=story");
        page.WaitForElement("[data-testid=cancel-host]", Patience);
        Assert.Empty(page.FindAll("[data-testid=end-background], [data-testid=left-in-background]"));
        await EndedAsync(order, end => end with { ExitCode = 0, Background = 2 });
        page.WaitForElement("[data-testid=end-background]", Patience);
        Assert.Equal("2 processes were left running in the background", page.Find("[data-testid=left-in-background]").TextContent);
        var ending = page.Find("[data-testid=end-background]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=confirm-yes]", Patience);
        await dialogs.Find("[data-testid=confirm-yes]").ClickAsync(new());
        await ending;
        Assert.Equal([order.Key], BackgroundsToEnd);
        page.WaitForAssertion(() => Assert.Contains("End of the background processes requested by operator", What(page, "EndBackgroundRequested"), StringComparison.Ordinal), Patience);

        await BackgroundEndedAsync(order, dropped: 12_345, killed: 2);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=end-background], [data-testid=left-in-background]")), Patience);
        page.WaitForElement("[data-testid=told][data-event=BackgroundEnded]", Patience);
        Assert.StartsWith("What it left running in the background has ended", What(page, "BackgroundEnded"), StringComparison.Ordinal);
        Assert.Equal(
            ["12,345 bytes that they wrote after the script’s end were dropped", "2 processes were ended on request"],
            page.FindAll("[data-testid=told][data-event=BackgroundEnded] [data-testid=told-more]").Select(more => more.TextContent));
    }

    private static string What(IRenderedComponent<TaskPage> page, string told) => page.Find($"[data-testid=told][data-event={told}] .what").TextContent.Trim();

    [Fact]
    public async Task Chosen_hosts_are_canceled_and_the_others_go_on()
    {
        for (var number = 1; number <= 3; number++)
        {
            await AddHostAsync($"web-0{number}");
        }

        var task = await CreateAsync("chosen", start: true);
        for (var number = 1; number <= 3; number++)
        {
            await StartedAsync(await NextOrderAsync());
        }

        var dialogs = Render<MudDialogProvider>();
        var page = Open(task);
        page.WaitForElement("[data-testid=choose]", Patience);
        await page.Find("[data-testid=choose]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("[data-testid=choose-host]").Count), Patience);
        Assert.True(page.Find("[data-testid=cancel-chosen]").HasAttribute("disabled"));
        await page.Find("[data-testid=choose-all]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Contains("3 hosts chosen", page.Find("[data-testid=choice-bar]").TextContent, StringComparison.Ordinal), Patience);
        await page.Find("[data-testid=choose-host][data-host=web-02]").ChangeAsync(false);
        Assert.Contains("2 hosts chosen", page.Find("[data-testid=choice-bar]").TextContent, StringComparison.Ordinal);
        var canceling = page.Find("[data-testid=cancel-chosen]").ClickAsync(new());
        var asked = dialogs.WaitForElement("[data-testid=confirm-yes]", Patience);
        Assert.Contains("web-01, web-03", dialogs.Markup, StringComparison.Ordinal);
        await asked.ClickAsync(new());
        await canceling;

        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=choice-bar]")), Patience);
        Assert.Equal(2, Canceled.Count());
        Assert.Null((await RowAsync(task, "web-02")).CancelRequestedAt);
        Assert.NotNull((await RowAsync(task, "web-03")).CancelRequestedAt);
    }

    [Fact]
    public async Task What_nobody_will_ever_know_is_settled_with_every_error_at_its_field_and_the_story_says_who()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("resolve", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        var dialogs = Render<MudDialogProvider>();
        var page = Open(task, "pane=story");
        page.WaitForElement("[data-testid=cancel-host]", Patience);
        Assert.Empty(page.FindAll("[data-testid=resolve]"));
        await LoseAsync(order);
        page.WaitForElement("[data-testid=resolve]", Patience);
        var resolving = page.Find("[data-testid=resolve]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=resolve-yes]", Patience);

        await dialogs.Find("[data-testid=resolve-yes]").ClickAsync(new());
        dialogs.WaitForAssertion(() => Assert.Equal(["status", "message"], WrongFields(dialogs)), Patience);
        Assert.Equal("true", dialogs.Find("[data-testid=resolve-message]").GetAttribute("aria-invalid"));
        await dialogs.Find("[data-testid=resolve-Succeeded]").ChangeAsync("on");
        Assert.Equal(["message"], WrongFields(dialogs));
        await dialogs.Find("[data-testid=resolve-message]").InputAsync(new string('x', TaskService.MaxResolveMessage + 1));
        await dialogs.Find("[data-testid=resolve-yes]").ClickAsync(new());
        dialogs.WaitForAssertion(() => Assert.Equal(["message"], WrongFields(dialogs)), Patience);
        await dialogs.Find("[data-testid=resolve-message]").InputAsync("the service is up");
        await dialogs.Find("[data-testid=resolve-yes]").ClickAsync(new());
        await resolving;

        page.WaitForAssertion(() => Assert.Equal("Succeeded", Row(page, "web-01").GetAttribute("data-status")), Patience);
        page.WaitForAssertion(() => Assert.Contains("How it ended is a person's word: settled as succeeded", page.Find("[data-testid=story-answer]").TextContent, StringComparison.Ordinal), Patience);
        var told = page.Find("[data-testid=told][data-event=Resolved]");
        Assert.Equal("Person", told.GetAttribute("data-by"));
        Assert.StartsWith("Settled by a person: failed (agent lost) → succeeded", told.QuerySelector(".what")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("operator: the service is up", told.QuerySelector("[data-testid=told-more]")!.TextContent);
        Assert.Empty(page.FindAll("[data-testid=resolve]"));
        Assert.Equal("Completed", page.Find("[data-testid=task]").GetAttribute("data-status"));
    }

    [Fact]
    public async Task A_resolve_that_comes_too_late_says_so()
    {
        var host = await AddHostAsync("web-01");
        var task = await CreateAsync("too late", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await UntilAsync(order, CommandHostStatus.Running);
        await ByeAsync(host.Id);
        var dialogs = Render<MudDialogProvider>();
        var page = Open(task);
        page.WaitForElement("[data-testid=resolve]", Patience);
        var resolving = page.Find("[data-testid=resolve]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=resolve-Failed]", Patience);
        await HelloAsync(host.Id, Journaled(order));
        await dialogs.Find("[data-testid=resolve-Failed]").ChangeAsync("on");
        await dialogs.Find("[data-testid=resolve-message]").InputAsync("it looks dead");
        await dialogs.Find("[data-testid=resolve-yes]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=resolve-changed]", Patience);
        await dialogs.Find("[data-testid=resolve-no]").ClickAsync(new());
        await resolving;
        page.WaitForAssertion(() => Assert.Equal("Running", Row(page, "web-01").GetAttribute("data-status")), Patience);
    }

    /// <summary>Takes the execution on a host to a status; the agent of another host starts its own.</summary>
    private async Task ReachAsync(Guid hostId, CommandHostStatus status)
    {
        for (var left = status == CommandHostStatus.Pending ? 1 : 2; left > 0; left--)
        {
            var order = await NextOrderAsync();
            if (order.HostId != hostId || status is CommandHostStatus.Running or CommandHostStatus.Unreachable)
            {
                await StartedAsync(order);
                await UntilAsync(order, CommandHostStatus.Running);
            }

            if (order.HostId == hostId && status == CommandHostStatus.Unreachable)
            {
                await ByeAsync(hostId);
                await UntilAsync(order, CommandHostStatus.Unreachable);
            }
        }
    }

    private async Task<CommandHostView> RowAsync(TaskView task, string host) =>
        (await Queries.HostsAsync(task.Id, new CommandHostFilter { Search = host }, new PageRequest(1, 10), Me, CancellationToken.None)).Value.Items.Single();

    private IRenderedComponent<TaskPage> Open(TaskView task, string query = "")
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo($"tasks/{task.Id}?{query}");
        return Render<TaskPage>(parameters => parameters.Add(page => page.TaskId, task.Id));
    }

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<TaskPage> page, string host) => page.Find($"[data-testid=command-host][data-host={host}]");

    private static string?[] WrongFields(IRenderedComponent<MudDialogProvider> dialogs) =>
        [.. dialogs.FindAll("[data-testid=field-error]").Select(error => error.GetAttribute("data-field"))];
}
