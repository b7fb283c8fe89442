using System.Globalization;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Components.Tasks.Detail;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>The story of an execution beside its output.</summary>
public sealed class StoryPaneTests : EnginePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task The_output_is_one_press_away_from_the_story_and_the_address_says_which_is_shown()
    {
        var (task, order) = await RunningAsync();
        await FinishedAsync(order);
        var page = Open(task, pane: null);
        page.WaitForElement("[data-testid=pane-story]", Patience);
        Assert.Empty(page.FindAll("[data-testid=story]"));
        var address = new Uri(page.Find("[data-testid=pane-story]").GetAttribute("href")!);
        Assert.Equal("?pane=story", address.Query);

        page = Open(task);
        page.WaitForElement("[data-testid=story]", Patience);
        Assert.Empty(page.FindAll("[data-testid=log], [data-testid=follow]"));
        Assert.Equal("true", page.Find("[data-testid=pane-story]").GetAttribute("aria-selected"));
        Assert.DoesNotContain("pane=", page.Find("[data-testid=pane-output]").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_execution_answers_did_it_run_and_tells_its_course_with_who()
    {
        var (task, order) = await RunningAsync();
        await FinishedAsync(order, exitCode: 3);
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Equal("It started at @ on the host and ended at @ with exit code 3.", Answer(page)), Patience);
        Assert.Equal(
            ["Scheduler: Sent to the agent", "Agent: Taken on: noted on the disk of the host before anything starts", "Agent: The script started", "Agent: The script ended: exit code 3", "Hub: The result was stored"],
            Told(page));
        Assert.All(page.FindAll("[data-testid=told] tc-time"), time => Assert.True(long.TryParse(time.GetAttribute("at"), CultureInfo.InvariantCulture, out _)));
        Assert.Empty(page.FindAll("[data-testid=story-attempt]"));
    }

    [Fact]
    public async Task The_story_goes_on_while_it_is_looked_at()
    {
        var host = await AddHostAsync("web-01");
        var task = await CreateAsync("live", start: true);
        var order = await NextOrderAsync();
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Equal("It was sent at @; the agent has not said yet whether it started.", Answer(page)), Patience);
        await StartedAsync(order);
        page.WaitForAssertion(() => Assert.Equal("It started at @ on the host and is running.", Answer(page)), Patience);

        await ByeAsync(host.Id);
        page.WaitForAssertion(() => Assert.Equal("It started at @; the agent has been away since @: it may still run.", Answer(page)), Patience);
        var since = (await Queries.HostsAsync(task.Id, new CommandHostFilter(), new PageRequest(1, 1), Me, CancellationToken.None)).Value.Items[0].UnreachableSince!.Value;
        page.WaitForAssertion(
            () => Assert.All(
                page.FindAll("[data-testid=unreachable-since]"),
                note => Assert.Equal(since.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), note.QuerySelector("tc-time")!.GetAttribute("at"))),
            Patience);
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("[data-testid=unreachable-since]").Count), Patience);

        await HelloAsync(host.Id, Journaled(order));
        page.WaitForAssertion(() => Assert.Equal("It started at @ on the host and is running.", Answer(page)), Patience);
        Assert.Equal(["Dispatched", "Started", "Away", "Back"], page.FindAll("[data-testid=told]").Select(told => told.GetAttribute("data-event")));
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=unreachable-since]")), Patience);
    }

    [Fact]
    public async Task What_the_ladder_did_is_told_and_who_asked_for_it()
    {
        var (task, order) = await RunningAsync();
        Assert.Null((await Tasks.CancelAsync(task.Id, null, Me, CancellationToken.None)).Problem);
        await EndedAsync(order, end => end with
        {
            Outcome = AttemptOutcome.Canceled,
            TermSentAt = Now,
            KillSentAt = Now.AddMilliseconds(1),
            FinishedAt = Now.AddMilliseconds(2),
            Killed = 3,
            Escaped = 1,
            Details = [CodedMessage.Of(AttemptDetailCode.Copied)],
        });
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Equal("It started at @ on the host and was over at @. It was canceled.", Answer(page)), Patience);
        var told = Told(page);
        Assert.Contains("Person: Cancel requested by operator", told);
        Assert.Contains("Agent: TERM sent to all its processes", told);
        Assert.Contains("Agent: KILL sent to what was left of them | 3 processes were killed, 1 of them had left its process group", told);
        Assert.Contains("Agent: The script ended: canceled | The agent's data directory is a copy: the script runs for the one that it was copied from.", told);
    }

    [Fact]
    public async Task Attempts_are_told_apart_when_there_is_more_than_one_and_the_list_marks_them()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("again", start: true, retries: 1);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        await FinishedAsync(order, exitCode: 1);
        order = await NextOrderAsync();
        await StartedAsync(order);
        await EndedAsync(order, end => end with { ExitCode = 0, Background = 2 });
        var page = Open(task);
        page.WaitForAssertion(() => Assert.EndsWith("with exit code 0. This is attempt 2; the ones before did not succeed.", Answer(page), StringComparison.Ordinal), Patience);
        Assert.Equal(["Attempt 1", "Attempt 2"], page.FindAll("[data-testid=story-attempt]").Select(heading => heading.TextContent));
        Assert.Contains("Scheduler: Waiting to be sent again", Told(page));
        Assert.Contains("Agent: The script ended: exit code 0 | 2 processes were left running in the background", Told(page));
        page.WaitForAssertion(() => Assert.Equal("2", page.Find("[data-testid=command-host] [data-testid=attempt-mark]").TextContent), Patience);
    }

    [Fact]
    public async Task What_was_given_up_found_alive_and_corrected_is_told_as_what_it_is()
    {
        var (task, order) = await RunningAsync();
        await LoseAsync(order);
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Contains("nobody knows how it ended", Answer(page), StringComparison.Ordinal), Patience);
        Assert.Contains("Hub: Given up without a word of the agent: agent lost", Told(page));

        await ByeAsync(order.HostId);
        await HelloAsync(order.HostId, Journaled(order));
        page.WaitForAssertion(() => Assert.EndsWith("then its agent came back, and it is still running.", Answer(page), StringComparison.Ordinal), Patience);
        Assert.Equal("Agent: The agent is back, and it is still running", Told(page)[^1]);

        await FinishedAsync(order);
        page.WaitForAssertion(() => Assert.EndsWith("with exit code 0. A late word of the agent corrected the verdict at @.", Answer(page), StringComparison.Ordinal), Patience);
        Assert.Contains("Agent: A late word of the agent corrected the verdict: failed (agent lost) → succeeded", Told(page));
    }

    [Fact]
    public async Task What_a_person_settled_is_not_shown_with_the_exit_code_of_a_late_word()
    {
        var (task, order) = await RunningAsync();
        await LoseAsync(order);
        Assert.Null((await Tasks.ResolveAsync(order.Key.CommandHostId, CommandHostStatus.Succeeded, "seen", Me, CancellationToken.None)).Problem);
        await FinishedAsync(order, exitCode: 7);
        var page = Open(task);
        page.WaitForAssertion(() => Assert.EndsWith("The agent said later: failed (exit code).", Answer(page), StringComparison.Ordinal), Patience);
        Assert.Contains("Agent: A late word of the agent changed nothing: failed (exit code)", Told(page));
        Assert.DoesNotContain("exit 7", page.Find(".output-head").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_told_in_Chinese_too()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("zh-CN");
        var (task, order) = await RunningAsync();
        await FinishedAsync(order, exitCode: 3);
        var page = Open(task);
        page.WaitForAssertion(() => Assert.Equal("已于 @ 在主机上开始，于 @ 结束，退出码 3。", Answer(page)), Patience);
        Assert.Contains("代理: 脚本已结束：退出码 3", Told(page));
    }

    private async Task<(TaskView Task, ExecuteOrder Order)> RunningAsync()
    {
        await AddHostAsync("web-01");
        var task = await CreateAsync("told", start: true);
        var order = await NextOrderAsync();
        await StartedAsync(order);
        return (task, order);
    }

    private IRenderedComponent<TaskPage> Open(TaskView task, string? pane = "story")
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo($"tasks/{task.Id}{(pane is null ? "" : $"?pane={pane}")}");
        return Render<TaskPage>(parameters => parameters.Add(page => page.TaskId, task.Id));
    }

    /// <summary>The answer, with an @ for each time.</summary>
    private static string Answer(IRenderedComponent<TaskPage> page) =>
        string.Join(' ', page.FindAll("[data-testid=story-answer] .said").Select(WithTimes));

    /// <summary>Who, what and, after a bar, what is told more of it.</summary>
    private static string[] Told(IRenderedComponent<TaskPage> page) =>
    [
        .. page.FindAll("[data-testid=told]").Select(told =>
        {
            var more = told.QuerySelectorAll("[data-testid=told-more]").Select(line => line.TextContent).ToList();
            var what = WithTimes(told.QuerySelector(".what")!);
            var head = more.Count == 0 ? what : what[..^string.Concat(more).Length];
            return string.Join(" | ", [$"{told.QuerySelector(".by")!.TextContent}: {head}", .. more]);
        }),
    ];

    private static string WithTimes(AngleSharp.Dom.IElement element)
    {
        var copy = (AngleSharp.Dom.IElement)element.Clone();
        foreach (var time in copy.QuerySelectorAll("tc-time"))
        {
            time.TextContent = "@";
        }

        return copy.TextContent;
    }
}
