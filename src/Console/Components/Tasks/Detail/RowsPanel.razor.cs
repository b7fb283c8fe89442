using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Events;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>Every execution of a task, virtual: hosts × commands, or one by one. Its page tells it when to read again.</summary>
public sealed partial class RowsPanel
{
    /// <summary>Lines that are drawn as soon as they are read; most screens show no more.</summary>
    private const int EarlyLines = 24;

    private readonly HashSet<Guid> _visible = [];
    private Virtualize<HostCells>? _hosts;
    private Virtualize<CommandHostView>? _rows;
    private RowRange? _range;
    private Problem? _problem;
    private (CommandHostStatus?, string?, CommandHostGroupKey?, bool, bool)? _shown;
    private (Guid, OpsTaskStatus, IReadOnlyList<CommandView>, CommandHostFilter, bool, string?, Guid?, string)? _rendered;
    private Task<RowStretch>? _earlyRead;
    private IReadOnlyList<CommandHostView> _early = [];
    private bool _changedSince;
    private int _total = -1;

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyList<CommandView> Commands { get; set; } = [];

    /// <summary>Status of the task: what it allows can be done to chosen hosts.</summary>
    [Parameter, EditorRequired]
    public OpsTaskStatus TaskStatus { get; set; }

    [Parameter]
    public CommandHostStatus? Status { get; set; }

    [Parameter]
    public string? Search { get; set; }

    /// <summary>Those alone that came to the same.</summary>
    [Parameter]
    public CommandHostGroupKey? Group { get; set; }

    [Parameter]
    public EventCallback OnGroupLeft { get; set; }

    [Parameter]
    public bool FailuresFirst { get; set; }

    /// <summary>"list": one by one even where a matrix is possible.</summary>
    [Parameter]
    public string? View { get; set; }

    /// <summary>The CommandHost whose output is shown.</summary>
    [Parameter]
    public Guid? Selected { get; set; }

    /// <summary>Address of the page with another row selected.</summary>
    [Parameter, EditorRequired]
    public Func<CommandHostView, string> AddressOf { get; set; } = null!;

    [Parameter]
    public EventCallback<string?> OnSearch { get; set; }

    [Parameter]
    public EventCallback<bool> OnFailuresFirst { get; set; }

    [Parameter]
    public EventCallback<string?> OnView { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    /// <summary>A row of the matrix.</summary>
    public sealed record HostCells(Guid HostId, string HostName, IReadOnlyList<CommandHostView> Cells);

    // A filter or another order takes hosts apart: then executions are listed one by one.
    private bool MayBeMatrix => Commands.Count > 1 && Status is null && Group is null && !FailuresFirst;

    private bool Matrix => MayBeMatrix && View != "list";

    private CommandHostFilter Filter => new() { Status = Status, Search = Search, Group = Group };

    private string Columns => string.Create(CultureInfo.InvariantCulture, $"grid-template-columns:minmax(96px,1.2fr) repeat({Commands.Count},minmax({(Commands.Count > 6 ? 36 : 88)}px,1fr))");

    /// <summary>Reads again what is in sight, when it is part of what changed.</summary>
    public async Task RefreshAsync(TaskChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.Everything || Status is not null || Group is not null || FailuresFirst || _total <= 0 || change.CommandHosts.Overlaps(_visible))
        {
            await RefreshAsync();
        }
    }

    /// <summary>Its page renders with every change of a counter; the rows do so only when something of theirs is another.</summary>
    public override Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        var rendered = (TaskId, TaskStatus, Commands, Filter, FailuresFirst, View, Selected, Navigation.Uri);
        if (_rendered == rendered)
        {
            return Task.CompletedTask;
        }

        _rendered = rendered;
        return base.SetParametersAsync(ParameterView.Empty);
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        var wanted = (Status, Search, Group, FailuresFirst, Matrix);
        if (_shown != wanted)
        {
            var first = _shown is null;
            (_shown, _total) = (wanted, -1);
            if (first)
            {
                await ReadEarlyAsync();
            }
            else
            {
                (_earlyRead, _early) = (null, []);
                await RefreshAsync();
            }
        }
    }

    /// <summary>The virtual list asks only when the browser has measured it, some round trips later.</summary>
    private async Task ReadEarlyAsync()
    {
        var count = EarlyLines * (Matrix ? Commands.Count : 1);
        var read = _earlyRead = StretchAsync(0, Math.Max(RowRange.PageSize, count), CancellationToken.None);
        var stretch = await read;
        if (_earlyRead == read)
        {
            _early = [.. stretch.Rows.Take(count)];
        }
    }

    private RenderFragment ListedHost(HostCells host)
    {
        LeaveEarly();
        return HostLine(host);
    }

    private RenderFragment ListedRow(CommandHostView row)
    {
        LeaveEarly();
        return RowLine(row);
    }

    /// <summary>The virtual list is being drawn: its rows come and the early ones go with the same batch.</summary>
    private void LeaveEarly()
    {
        if (_early.Count > 0)
        {
            _early = [];
            StateHasChanged();
        }
    }

    private async Task RefreshAsync()
    {
        if (_earlyRead is not null)
        {
            // The virtual list has nothing yet; what it asks for first is read anew.
            _changedSince = true;
            return;
        }

        _visible.Clear();
        await (_hosts?.RefreshDataAsync() ?? Task.CompletedTask);
        await (_rows?.RefreshDataAsync() ?? Task.CompletedTask);
        StateHasChanged();
    }

    private async ValueTask<ItemsProviderResult<HostCells>> HostsAsync(ItemsProviderRequest request)
    {
        var stretch = await AskedAsync(request.StartIndex * Commands.Count, request.Count * Commands.Count, request.CancellationToken);
        return new ItemsProviderResult<HostCells>(CellsOf(stretch.Rows), stretch.Total / Commands.Count);
    }

    private async ValueTask<ItemsProviderResult<CommandHostView>> RowsAsync(ItemsProviderRequest request)
    {
        var stretch = await AskedAsync(request.StartIndex, request.Count, request.CancellationToken);
        return new ItemsProviderResult<CommandHostView>(stretch.Rows, stretch.Total);
    }

    private IEnumerable<HostCells> CellsOf(IReadOnlyList<CommandHostView> rows) =>
        rows.Chunk(Commands.Count).Select(cells => new HostCells(cells[0].HostId, cells[0].HostName, cells));

    /// <summary>What the virtual list asks for: the first time what has been read early, if that is enough.</summary>
    private async Task<RowStretch> AskedAsync(int start, int count, CancellationToken cancellationToken)
    {
        if (count > 0 && Interlocked.Exchange(ref _earlyRead, null) is { } read && !_changedSince && await read is var early
            && (start + count <= early.Rows.Count || early.Rows.Count == early.Total))
        {
            return early with { Rows = [.. early.Rows.Skip(start).Take(count)] };
        }

        return await StretchAsync(start, count, cancellationToken);
    }

    private async Task<RowStretch> StretchAsync(int start, int count, CancellationToken cancellationToken)
    {
        var wanted = _shown;
        var range = _range ??= new RowRange(Tasks, TaskId, await CurrentActor.GetAsync());
        var answer = await range.ReadAsync(Filter with { FailuresFirst = FailuresFirst }, start, Math.Max(1, count), cancellationToken);
        if (_shown != wanted)
        {
            // Another filter by now: nobody waits for this.
            return new RowStretch([], 0);
        }

        var before = (_problem, _total);
        if (!answer.TryGet(out var stretch, out _problem))
        {
            _early = [];
            StateHasChanged();
            return new RowStretch([], 0);
        }

        _total = stretch.Total;
        _early = _total == 0 ? [] : _early;
        _visible.UnionWith(stretch.Rows.Select(row => row.Id));
        if (before != (_problem, _total))
        {
            StateHasChanged();
        }

        return stretch;
    }
}
