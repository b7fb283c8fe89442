using Bunit;
using TaskConsole.Console.Components.Status;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

public sealed class StatusTests : PageTest
{
    public static TheoryData<CommandHostStatus> Statuses => [.. Enum.GetValues<CommandHostStatus>()];

    [Fact]
    public void Every_status_of_an_execution_has_a_shape_of_its_own()
    {
        var shapes = Enum.GetValues<CommandHostStatus>().Select(status => StatusLook.Of(status).Shape).ToArray();
        Assert.Equal(shapes.Length, shapes.Distinct().Count());
    }

    [Fact]
    public void Every_status_of_a_task_and_of_a_host_has_a_shape_of_its_own()
    {
        Assert.Distinct(Enum.GetValues<OpsTaskStatus>().Select(status => StatusLook.Of(status).Shape));
        Assert.Distinct(Enum.GetValues<HostStatus>().Select(status => StatusLook.Of(status).Shape));
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void A_status_is_told_by_shape_and_by_word(CommandHostStatus status)
    {
        var look = StatusLook.Of(status);
        var shown = Render<StatusText>(parameters => parameters.Add(text => text.Look, look));
        Assert.Equal(look.Shape.ToString(), shown.Find("svg").GetAttribute("data-shape"));
        Assert.NotEmpty(shown.Find("svg").Children);
        Assert.DoesNotContain(look.Key, shown.Find("[data-testid=status]").TextContent, StringComparison.Ordinal);
        Assert.NotEqual("", shown.Find("[data-testid=status]").TextContent.Trim());
    }

    [Fact]
    public void The_bar_has_a_segment_for_each_status_that_occurs_in_proportion()
    {
        var progress = new TaskProgress(Total: 100, Pending: 20, Dispatched: 0, Running: 10, Unreachable: 0, Succeeded: 65, Failed: 5, TimedOut: 0, Canceled: 0, DispatchFailed: 0, Skipped: 0, Percent: 70);
        var bar = Render<SegmentedBar>(parameters => parameters.Add(segmented => segmented.Progress, progress));
        Assert.Equal(
            ["Succeeded 65", "Running 10", "Failed 5", "Pending 20"],
            bar.FindAll("i").Select(segment => $"{segment.GetAttribute("data-status")} {segment.GetAttribute("data-count")}"));
        Assert.Equal("flex-grow:65", bar.Find("i").GetAttribute("style"));
        Assert.Equal("70 of 100 executions have ended", bar.Find("[role=img]").GetAttribute("aria-label"));
    }

    [Fact]
    public void Pressing_a_count_filters_by_it_and_pressing_again_does_not()
    {
        var progress = new TaskProgress(3, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 100);
        CommandHostStatus? chosen = CommandHostStatus.Skipped;
        var legend = Render<StatusLegend>(parameters => parameters.Add(shown => shown.Progress, progress).Add(shown => shown.SelectedChanged, status => chosen = status));
        Assert.Equal(2, legend.FindAll("button").Count);
        legend.Find("[data-testid=legend-Failed]").Click();
        Assert.Equal(CommandHostStatus.Failed, chosen);
        legend.Render(parameters => parameters.Add(shown => shown.Selected, CommandHostStatus.Failed));
        Assert.Equal("true", legend.Find("[data-testid=legend-Failed]").GetAttribute("aria-pressed"));
        legend.Find("[data-testid=legend-Failed]").Click();
        Assert.Null(chosen);
    }
}
