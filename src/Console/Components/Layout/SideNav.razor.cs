using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Layout;

/// <summary>The pages that exist, with what goes on in each.</summary>
public sealed partial class SideNav
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private FleetCounts? _fleet;
    private int _running;

    [Inject]
    private HostService Hosts { get; set; } = null!;

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private bool OnTasks => Navigation.ToBaseRelativePath(Navigation.Uri).StartsWith("tasks", StringComparison.Ordinal);

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        Follow(Events.WatchFleet(), Interval, async (_, stopping) => _fleet = await Hosts.CountAsync(stopping));
        Follow(Events.WatchTaskList(), Interval, (_, stopping) => CountRunningAsync(stopping));
        _fleet = await Hosts.CountAsync(Stopping);
        await CountRunningAsync(Stopping);
    }

    private async Task CountRunningAsync(CancellationToken stopping)
    {
        var running = await Tasks.ListAsync(new TaskFilter { Status = OpsTaskStatus.Running }, new PageRequest(1, 1), await ActorAsync(), stopping);
        if (running.TryGet(out var page, out _))
        {
            _running = page.Total;
        }
    }

    private static string? Current(bool here) => here ? "page" : null;

    private ValueTask ThemeAsync(string choice) => Js.InvokeVoidAsync("taskConsole.theme.choose", choice);

    private ValueTask LanguageAsync(string culture) => Js.InvokeVoidAsync("taskConsole.language", culture);
}
