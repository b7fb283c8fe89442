using Microsoft.AspNetCore.Components;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks;

/// <summary>Tasks, newest first. Filter, search and page are in the address.</summary>
public sealed partial class TasksPage
{
    /// <summary>Rows of a page.</summary>
    internal const int PageSize = 50;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(400);

    private static readonly OpsTaskStatus[] Statuses =
    [
        OpsTaskStatus.Pending, OpsTaskStatus.Queued, OpsTaskStatus.Running, OpsTaskStatus.Completed, OpsTaskStatus.Failed, OpsTaskStatus.Canceled,
    ];

    private PageOf<TaskSummary>? _page;
    private Problem? _problem;

    [SupplyParameterFromQuery(Name = "status")]
    private string? Status { get; set; }

    [SupplyParameterFromQuery(Name = "search")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? Number { get; set; }

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private OpsTaskStatus? Selected => Enum.TryParse<OpsTaskStatus>(Status, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null;

    private bool Filtered => Selected is not null || !string.IsNullOrEmpty(Search);

    /// <inheritdoc />
    protected override void OnInitialized() => Follow(Events.WatchTaskList(), Interval, (_, stopping) => ReadAsync(stopping));

    /// <inheritdoc />
    protected override Task OnParametersSetAsync() => ReadAsync(Stopping);

    private async Task ReadAsync(CancellationToken stopping)
    {
        var filter = new TaskFilter { Status = Selected, Search = string.IsNullOrWhiteSpace(Search) ? null : Search };
        var answer = await Tasks.ListAsync(filter, new PageRequest(Math.Max(1, Number ?? 1), PageSize), await ActorAsync(), stopping);
        if (answer.TryGet(out var page, out _problem))
        {
            _page = page;
            if (page.Page > page.Last())
            {
                GoTo(page.Last());
            }
        }
    }

    private string Pressed(OpsTaskStatus? status) => Selected == status ? "true" : "false";

    private void Filter(OpsTaskStatus? status) => Go(status?.ToString(), Search, null);

    private void SearchFor(string? text) => Go(Status, text, null);

    private void GoTo(int page) => Go(Status, Search, page > 1 ? page : null);

    private void Go(string? status, string? search, int? page) => Navigation.NavigateTo(
        Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>(StringComparer.Ordinal) { ["status"] = status, ["search"] = search, ["page"] = page }),
        replace: true);
}
