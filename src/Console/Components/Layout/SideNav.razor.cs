using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Layout;

/// <summary>The pages that exist, with what goes on in each.</summary>
public sealed partial class SideNav
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private FleetCounts? _fleet;
    private int _asking;
    private int _running;

    [Inject]
    private HostService Hosts { get; set; } = null!;

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The list of tasks, or one of them; composing one is a place of its own.</summary>
    private bool OnTasks => Navigation.ToBaseRelativePath(Navigation.Uri) is var path && path.StartsWith("tasks", StringComparison.Ordinal) && !path.StartsWith("tasks/new", StringComparison.Ordinal);

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += Moved;
        Follow(Events.WatchFleet(), Interval, (_, stopping) => CountFleetAsync(stopping));
        Follow(Events.WatchTaskList(), Interval, (_, stopping) => CountRunningAsync(stopping));
        await CountFleetAsync(Stopping);
        await CountRunningAsync(Stopping);
    }

    /// <inheritdoc />
    protected override ValueTask DisposeOwnAsync()
    {
        Navigation.LocationChanged -= Moved;
        return ValueTask.CompletedTask;
    }

    private void Moved(object? sender, LocationChangedEventArgs moved) => StateHasChanged();

    private async Task CountFleetAsync(CancellationToken stopping)
    {
        var actor = await ActorAsync();
        _fleet = (await Hosts.CountAsync(actor, stopping)).TryGet(out var counts, out _) ? counts : null;
        var asking = await Hosts.ListAsync(new HostFilter { Asking = true }, new PageRequest(1, 1), actor, stopping);
        _asking = asking.TryGet(out var page, out _) ? page.Total : 0;
    }

    private async Task CountRunningAsync(CancellationToken stopping)
    {
        var running = await Tasks.ListAsync(new TaskFilter { Status = OpsTaskStatus.Running }, new PageRequest(1, 1), await ActorAsync(), stopping);
        if (running.TryGet(out var page, out _))
        {
            _running = page.Total;
        }
    }

    private ValueTask ThemeAsync(string choice) => Js.InvokeVoidAsync("taskConsole.theme.choose", choice);

    private ValueTask LanguageAsync(string culture) => Js.InvokeVoidAsync("taskConsole.language", culture);
}
