using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Components.Tasks.Detail;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Tests.Pages;

public sealed class TaskPageTests : EnginePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public async Task Output_comes_line_by_line_and_nothing_is_missed_or_twice()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("live", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await OutputAsync(order, 0, "first\n");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal(["first"], Lines(page)), Patience);

        await OutputAsync(order, 6, "second\nthi");
        page.WaitForAssertion(() => Assert.Equal(["first", "second", "thi"], Lines(page)), Patience);
        await OutputAsync(order, 0, "bad\n", OutputStream.Stderr);
        await OutputAsync(order, 16, "rd\n");
        page.WaitForAssertion(() => Assert.Equal(["first", "second", "third", "bad"], Lines(page)), Patience);

        await FinishedAsync(order, exitCode: 3, stdout: 19, stderr: 4);
        page.WaitForAssertion(() => Assert.Equal("true", page.Find("[data-testid=output]").GetAttribute("data-complete")), Patience);
        page.WaitForAssertion(() => Assert.Equal("Failed", page.Find("[data-testid=task]").GetAttribute("data-status")), Patience);
        page.WaitForAssertion(() => Assert.Equal("The script ended with exit code 3.", page.Find("[data-testid=output-message] span").TextContent), Patience);
        Assert.Equal(["first", "second", "third", "bad"], Lines(page));
        Assert.Contains("exit 3", page.Find("[data-testid=failure-groups]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_command_shows_its_settled_interpreter_and_what_was_settled()
    {
        await AddHostAsync("web-01");
        var task = (await Tasks.CreateAsync(
            new TaskSpec
            {
                Name = "pasted",
                Commands = [new() { Script = "true" }, new() { Script = "\uFEFF#!/usr/bin/env -S python3 -u\r\nprint(1)\r\n" }],
                Targets = new TargetSpec { All = true },
            },
            Me,
            idempotency: null,
            CancellationToken.None)).Value;
        Navigation.NavigateTo($"tasks/{task.Id}?tab=commands");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal(["/bin/sh", "/usr/bin/env python3 -u"], page.FindAll("[data-testid=interpreter]").Select(code => code.TextContent)), Patience);
        Assert.Equal(
            [
                "The byte order mark before the script is left out.",
                "Line ends with a carriage return (CR LF or CR) become LF: 2 of them.",
                "The script runs with /usr/bin/env python3 -u, as its first line says.",
            ],
            page.FindAll("article")[1].QuerySelectorAll("[data-testid=notice]").Select(notice => notice.TextContent));
        Assert.Equal("3", page.Find("[data-testid=notice-count]").TextContent);
    }

    [Fact]
    public async Task What_holds_a_task_is_told_until_it_goes()
    {
        var host = await AddHostAsync("web-01", connect: false);
        var task = await CreateAsync("waits", start: true);
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal("Hosts whose turn it is are away: 1.", page.Find("[data-testid=hold] span").TextContent), Patience);
        await HelloAsync(host.Id);
        await NextOrderAsync();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=hold]")), Patience);
    }

    [Fact]
    public async Task Several_commands_are_a_matrix_and_a_filter_lists_them_one_by_one()
    {
        await AddHostAsync("web-01");
        await AddHostAsync("web-02");
        var task = await CreateAsync("matrix", commands: 2, start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await FinishedAsync(order, exitCode: 1);
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("[data-testid=host-row]").Count), Patience);
        page.WaitForAssertion(() => Assert.Single(page.FindAll("[data-testid=command-host][data-status=Skipped]")), Patience);

        Navigation.NavigateTo($"tasks/{task.Id}?status=Failed");
        var filtered = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        filtered.WaitForAssertion(() => Assert.Equal("Failed", Assert.Single(filtered.FindAll("[data-testid=command-host]")).GetAttribute("data-status")), Patience);
        Assert.Empty(filtered.FindAll("[data-testid=host-row]"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_first_hosts_are_drawn_before_the_browser_has_measured_the_list(int commands)
    {
        for (var number = 10; number < 40; number++)
        {
            await AddHostAsync($"web-{number}");
        }

        JSInterop.SetupVoid("Blazor._internal.Virtualize.init", _ => true).SetVoidResult();
        var task = await CreateAsync("early", commands);
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        var first = Enumerable.Range(10, 24).SelectMany(number => Enumerable.Repeat($"web-{number}", commands));
        page.WaitForAssertion(() => Assert.Equal(first, page.FindAll("[data-testid=command-host][data-status=Pending]").Select(row => row.GetAttribute("data-host"))), Patience);
    }

    [Fact]
    public async Task Failures_come_first_when_asked_for()
    {
        for (var number = 1; number <= 3; number++)
        {
            await AddHostAsync($"web-0{number}");
        }

        var task = await CreateAsync("order", start: true);
        for (var index = 0; index < 3; index++)
        {
            var order = await NextOrderAsync();
            var name = (await Hosts.GetAsync(order.HostId, Me, CancellationToken.None)).Value.Name;
            await StartedAsync(order);
            await FinishedAsync(order, exitCode: name == "web-03" ? 9 : 0);
        }

        Navigation.NavigateTo($"tasks/{task.Id}?order=failures");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(
            () => Assert.Equal(["web-03", "web-01", "web-02"], page.FindAll("[data-testid=command-host]").Select(row => row.GetAttribute("data-host"))), Patience);
    }

    [Fact]
    public async Task A_row_that_moves_is_not_made_anew()
    {
        await AddHostAsync("web-01");
        await AddHostAsync("web-02");
        var task = await CreateAsync("moves", start: true);
        List<ExecuteOrder> orders = [await NextOrderAsync(), await NextOrderAsync()];
        foreach (var order in orders)
        {
            await StartedAsync(order);
        }

        Navigation.NavigateTo($"tasks/{task.Id}?order=failures");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal(["web-01", "web-02"], Rows().Select(row => row.Row.HostName)), Patience);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".rows-early")), Patience);
        var second = Rows()[1];
        await FinishedAsync(orders.Single(order => order.HostId == second.Row.HostId), exitCode: 9);
        page.WaitForAssertion(() => Assert.Equal(["web-02", "web-01"], Rows().Select(row => row.Row.HostName)), Patience);
        Assert.Same(second, Rows()[0]);

        List<RowTook> Rows() => [.. page.FindComponents<RowTook>().Select(row => row.Instance)];
    }

    [Fact]
    public async Task Same_answers_are_one_group_and_a_group_shows_its_output_and_its_hosts()
    {
        for (var number = 1; number <= 3; number++)
        {
            await AddHostAsync($"web-0{number}");
        }

        var task = await CreateAsync("groups", start: true);
        Navigation.NavigateTo($"tasks/{task.Id}?tab=groups");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForAssertion(() => Assert.Equal("All 3 came to the same", page.Find("[data-testid=groups-sentence]").TextContent), Patience);
        for (var index = 0; index < 3; index++)
        {
            var order = await NextOrderAsync();
            var odd = (await Hosts.GetAsync(order.HostId, Me, CancellationToken.None)).Value.Name == "web-02";
            await StartedAsync(order);
            await OutputAsync(order, 0, odd ? "checking\n\u001b[31mno space\u001b[0m\n" : "\nchecking\nall good\n");
            await FinishedAsync(order, exitCode: odd ? 28 : 0, stdout: odd ? 27 : 19);
        }

        page.WaitForAssertion(() => Assert.Equal(["2 Succeeded checking web-01, web-03", "1 Failed no space web-02"], page.FindAll("[data-testid=group]").Select(Told)), Patience);
        Assert.Equal("2 of 3 came to the same, 1 differ", page.Find("[data-testid=groups-sentence]").TextContent);
        var groups = page.FindAll("[data-testid=group]");
        Assert.Contains("exit 28", groups[1].TextContent, StringComparison.Ordinal);

        Navigation.NavigateTo(groups[1].QuerySelector("a.group")!.GetAttribute("href")!);
        page.Render();
        page.WaitForAssertion(() => Assert.Equal(["checking", "no space"], Lines(page)), Patience);
        Assert.Equal("true", page.FindAll("[data-testid=group] a.group")[1].GetAttribute("aria-current"));

        Navigation.NavigateTo(page.FindAll("[data-testid=group-list]")[0].GetAttribute("href")!);
        page.Render();
        page.WaitForAssertion(() => Assert.Equal(["web-01", "web-03"], page.FindAll("[data-testid=command-host]").Select(row => row.GetAttribute("data-host"))), Patience);
        await page.Find("[data-testid=group-leave]").ClickAsync(new());
        page.Render();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("[data-testid=command-host]").Count), Patience);

        static string Told(AngleSharp.Dom.IElement group) =>
            $"{group.GetAttribute("data-hosts")} {group.GetAttribute("data-status")} {group.QuerySelector("[data-testid=group-said]")?.TextContent} {group.QuerySelector("[data-testid=group-names]")!.TextContent}";
    }

    [Fact]
    public async Task Actions_are_those_that_the_state_allows()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("actions");
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, task.Id));
        page.WaitForElement("[data-testid=start]");
        Assert.Empty(page.FindAll("[data-testid=retry]"));
        Assert.Equal($"tasks/new?from={task.Id}", page.Find("[data-testid=duplicate]").GetAttribute("href"));
        await page.Find("[data-testid=start]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=start]")), Patience);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await FinishedAsync(order, exitCode: 2);
        page.WaitForElement("[data-testid=retry]", Patience);
        Assert.Empty(page.FindAll("[data-testid=cancel]"));
        await page.Find("[data-testid=retry]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.NotEqual(task.Id.ToString(), Navigation.Uri.Split('/')[^1]), Patience);
        Assert.Contains("/tasks/", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_goes_on_to_another_task_shows_nothing_of_the_one_before()
    {
        await AddHostAsync("web-01");
        var before = await CreateAsync("before", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await OutputAsync(order, 0, "of before\n");
        await FinishedAsync(order, exitCode: 4, stdout: 10);
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, before.Id));
        page.WaitForAssertion(() => Assert.Equal("Failed", Assert.Single(page.FindAll("[data-testid=command-host]")).GetAttribute("data-status")), Patience);
        page.WaitForAssertion(() => Assert.Equal(["of before"], Lines(page)), Patience);

        // Whether the page is drawn empty in between is a matter of time.
        var after = await CreateAsync("after");
        for (var turn = 0; turn < 50; turn++)
        {
            page.Render(parameters => parameters.Add(shown => shown.TaskId, after.Id));
            page.WaitForAssertion(() => Assert.Equal("Pending", page.Find("[data-testid=task]").GetAttribute("data-status")), Patience);
            page.WaitForAssertion(() => Assert.Equal("Pending", Assert.Single(page.FindAll("[data-testid=command-host]")).GetAttribute("data-status")), Patience);
            page.WaitForAssertion(() => Assert.Empty(Lines(page)), Patience);
            page.Render(parameters => parameters.Add(shown => shown.TaskId, before.Id));
            page.WaitForAssertion(() => Assert.Equal("Failed", Assert.Single(page.FindAll("[data-testid=command-host]")).GetAttribute("data-status")), Patience);
            page.WaitForAssertion(() => Assert.Equal(["of before"], Lines(page)), Patience);
        }
    }

    [Fact]
    public void A_task_that_is_not_there_is_said_to_be_gone()
    {
        var page = Render<TaskPage>(parameters => parameters.Add(shown => shown.TaskId, Guid.NewGuid()));
        page.WaitForAssertion(() => Assert.Equal("There is no such task", page.Find("[data-testid=empty] h2").TextContent), Patience);
    }

    private static string[] Lines(IRenderedComponent<TaskPage> page) => [.. page.FindAll("[data-testid=log-line]").Select(line => line.TextContent)];
}
