using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>One task: where it stands, every execution of it, and the output of the chosen one. What is chosen is in the address.</summary>
public sealed partial class TaskPage
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);
    private IAsyncDisposable? _loop;
    private RowsPanel? _rows;
    private Guid _taskId;
    private TaskView? _task;
    private TaskSummary? _summary;
    private CommandHostView? _shown;
    private Problem? _gone;
    private Problem? _problem;
    private CommandHostGroupKey? _group;
    private bool _opening;
    private bool _busy;
    private ActChoices _acts = ActChoices.None;
    private int _stillRunning;

    [Parameter]
    public Guid TaskId { get; set; }

    [SupplyParameterFromQuery(Name = "row")]
    private Guid? Row { get; set; }

    [SupplyParameterFromQuery(Name = "status")]
    private string? Status { get; set; }

    [SupplyParameterFromQuery(Name = "search")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "order")]
    private string? Order { get; set; }

    [SupplyParameterFromQuery(Name = "view")]
    private string? View { get; set; }

    [SupplyParameterFromQuery(Name = "tab")]
    private string? Tab { get; set; }

    [SupplyParameterFromQuery(Name = "group")]
    private string? Group { get; set; }

    [SupplyParameterFromQuery(Name = "pane")]
    private string? Pane { get; set; }

    [Inject]
    private TaskQueries Queries { get; set; } = null!;

    [Inject]
    private TaskService Service { get; set; } = null!;

    [Inject]
    private TaskActs Acts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    private bool OnCommands => Tab == "commands";

    private bool OnGroups => Tab == "groups";

    private CommandHostGroupKey? SelectedGroup => CommandHostGroupKey.TryParse(Group, out var group) ? group : null;

    private Guid? ShownId => _shown?.Id;

    private CommandHostStatus? Selected => Enum.TryParse<CommandHostStatus>(Status, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_taskId != TaskId)
        {
            await OpenAsync();
        }
        else if (Row is { } row && row != _shown?.Id)
        {
            await ShowAsync(row, Stopping);
        }
        else if (Row is null && SelectedGroup is { } group && group != _group)
        {
            await ShowAsync(await FirstOfAsync(new CommandHostFilter { Group = group }), Stopping);
        }

        _group = SelectedGroup;
    }

    private async Task OpenAsync()
    {
        var id = _taskId = TaskId;
        (_task, _summary, _shown, _gone, _problem, _acts, _stillRunning) = (null, null, null, null, null, ActChoices.None, 0);
        await UnfollowAsync(_loop);
        if (id != TaskId)
        {
            // The address names another task by now, which is being opened.
            return;
        }

        _loop = Follow(Events.WatchTask(id), Interval, ChangedAsync);
        var answer = await Queries.GetAsync(id, await ActorAsync(), Stopping);
        if (id == TaskId && answer.TryGet(out var task, out _gone))
        {
            _task = task;
            _opening = true;
            await UpdateAsync(task, Stopping);

            // The rows are read while the output is still looked for.
            StateHasChanged();
            await ShowAsync(Row ?? await FirstRowAsync(task), Stopping);
            if (id == TaskId)
            {
                _opening = false;
                await CountStillRunningAsync(Stopping);
            }
        }
    }

    /// <summary>Without a row in the address: the first that needs a look, else the first that runs, else the first.</summary>
    private async Task<Guid?> FirstRowAsync(TaskView task)
    {
        if (SelectedGroup is { } group && await FirstOfAsync(new CommandHostFilter { Group = group }) is { } member)
        {
            return member;
        }

        CommandHostStatus?[] wanted = task.Status.IsTerminal() ? [CommandHostStatus.Failed, CommandHostStatus.TimedOut, null] : [null];
        foreach (var status in wanted.Where(status => status is not { } named || task.Progress.Of(named) > 0))
        {
            if (await FirstOfAsync(new CommandHostFilter { Status = status }) is { } first)
            {
                return first;
            }
        }

        return null;
    }

    private async Task<Guid?> FirstOfAsync(CommandHostFilter filter)
    {
        var answer = await Queries.HostsAsync(TaskId, filter, new PageRequest(1, 1), await ActorAsync(), Stopping);
        return answer.TryGet(out var page, out _) && page.Items is [var first, ..] ? first.Id : null;
    }

    private async Task ChangedAsync(TaskChange change, CancellationToken stopping)
    {
        var id = TaskId;
        var answer = await Queries.GetSummaryAsync(id, await ActorAsync(), stopping);
        if (id == TaskId && answer.TryGet(out var summary, out _))
        {
            await UpdateAsync(summary, stopping);
            await CountStillRunningAsync(stopping);
        }

        if (_shown is { } shown && (change.Everything || change.CommandHosts.Contains(shown.Id)))
        {
            await ShowAsync(shown.Id, stopping);
        }

        if (_rows is { } rows)
        {
            await rows.RefreshAsync(change);
        }
    }

    /// <summary>How the task stands now, and what may be done about it.</summary>
    private async ValueTask UpdateAsync(TaskSummary summary, CancellationToken stopping)
    {
        var acts = await Acts.OfTaskAsync(summary, await ActorAsync(), stopping);
        if (summary.Id == TaskId)
        {
            (_summary, _acts) = (summary, acts);
        }
    }

    /// <summary>Of an ended task: what was given up and may run all the same. While the task goes on, its own cancel reaches that too.</summary>
    private async Task CountStillRunningAsync(CancellationToken stopping)
    {
        _stillRunning = 0;
        if (_summary is { Progress.Failed: > 0 } summary && summary.Status.IsTerminal())
        {
            var id = TaskId;
            var answer = await Queries.CountStillRunningAsync(id, await ActorAsync(), stopping);
            if (id == TaskId)
            {
                _stillRunning = answer.TryGet(out var count, out _) ? count : 0;
            }
        }
    }

    private async Task ShowAsync(Guid? commandHostId, CancellationToken stopping)
    {
        if (commandHostId is not { } id)
        {
            return;
        }

        var task = TaskId;
        var answer = await Queries.CommandHostsAsync(task, [id], await ActorAsync(), stopping);
        if (task == TaskId && answer.TryGet(out var rows, out _) && rows is [var row, ..] && (Row is null || Row == id))
        {
            _shown = row;
        }
    }

    private async Task StartAsync() => await ActAsync(async actor => await Service.StartAsync(TaskId, actor, Stopping));

    private async Task CancelAsync()
    {
        if (_summary is not { } summary)
        {
            return;
        }

        var running = summary.Progress.Dispatched + summary.Progress.Running + summary.Progress.Unreachable;
        var text = T["Task.CancelText", running.ToString("N0", CultureInfo.CurrentCulture), summary.Progress.Pending.ToString("N0", CultureInfo.CurrentCulture)];
        if (await Dialogs.AskAsync(T["Task.CancelTitle"], text, T["Task.CancelYes"]))
        {
            await ActAsync(async actor => await Service.CancelAsync(TaskId, null, actor, Stopping));
        }
    }

    private async Task CancelStillRunningAsync()
    {
        if (await Dialogs.AskAsync(T["StillRuns.Title"], T["StillRuns.Text"], T["StillRuns.Cancel"].Value.TrimEnd('…')))
        {
            await ActAsync(async actor => await Service.CancelAsync(TaskId, null, actor, Stopping));
        }
    }

    private async Task RetryAsync()
    {
        var retry = await ActAsync(async actor => await Service.RetryAsync(TaskId, actor, Stopping));
        if (retry is not null)
        {
            Navigation.NavigateTo($"tasks/{retry.Id}");
        }
    }

    private async Task<TaskView?> ActAsync(Func<Actor, Task<Answer<TaskView>>> act)
    {
        _busy = true;
        var answer = await act(await ActorAsync());
        _busy = false;
        if (!answer.TryGet(out var task, out _problem))
        {
            return null;
        }

        if (task.Id == TaskId)
        {
            await UpdateAsync(task, Stopping);
        }

        return task;
    }

    private void FilterBy(CommandHostStatus? status) => Go("status", status?.ToString());

    private void Go(string name, string? value) => Navigation.NavigateTo(Address(name, value), replace: true);

    private string Address(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private string Address(params (string Name, object? Value)[] parts) =>
        Navigation.GetUriWithQueryParameters(parts.ToDictionary(part => part.Name, part => (object?)part.Value?.ToString(), StringComparer.Ordinal));
}
