using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Components.Tasks;

namespace TaskConsole.Console.Tests.Pages;

public sealed class TasksPageTests : EnginePageTest
{
    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public void Without_tasks_the_page_says_the_next_step()
    {
        var page = Render<TasksPage>();
        page.WaitForElement("[data-testid=empty]");
        Assert.Equal("tasks/new", page.Find("[data-testid=empty] a").GetAttribute("href"));
    }

    [Fact]
    public async Task Tasks_are_listed_newest_first_with_their_progress()
    {
        await AddHostAsync("web-01");
        await CreateAsync("first");
        await CreateAsync("second", commands: 2);
        var page = Render<TasksPage>();
        var rows = page.WaitForElements("[data-testid=task-row]", 2);
        Assert.Equal(["second", "first"], rows.Select(row => row.QuerySelector("a.whole")!.TextContent));
        Assert.Contains("0 of 2", rows[0].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_made_elsewhere_appears_by_itself()
    {
        await AddHostAsync("web-01");
        var page = Render<TasksPage>();
        page.WaitForElement("[data-testid=empty]");
        await CreateAsync("from elsewhere");
        page.WaitForElement("[data-testid=task-row]", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task The_filter_is_in_the_address()
    {
        await AddHostAsync("web-01");
        await CreateAsync("waits");
        var page = Render<TasksPage>();
        page.WaitForElement("[data-testid=task-row]");
        await page.Find("[data-testid=filter-Failed]").ClickAsync(new());
        Assert.EndsWith("?status=Failed", Navigation.Uri, StringComparison.Ordinal);
        Navigation.NavigateTo("tasks?status=Completed&search=nothing");
        var filtered = Render<TasksPage>();
        filtered.WaitForAssertion(() => Assert.Equal("No task matches", filtered.Find("[data-testid=empty] h2").TextContent));
    }

    [Fact]
    public async Task An_address_with_a_page_beyond_the_last_leads_to_the_last()
    {
        await AddHostAsync("web-01");
        await CreateAsync("only one");
        Navigation.NavigateTo("tasks?page=7");
        var page = Render<TasksPage>();
        page.WaitForAssertion(() => Assert.DoesNotContain("page=", Navigation.Uri, StringComparison.Ordinal));
        page.WaitForElement("[data-testid=task-row]");
    }
}
