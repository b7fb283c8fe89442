using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Console.Components.Live;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <content>Choosing hosts, to cancel on them alone.</content>
public sealed partial class RowsPanel
{
    private const int MostChosen = 10_000;
    private const int MostNamed = 10;
    private readonly Dictionary<Guid, string> _chosen = [];
    private bool _choosing;
    private bool _busy;

    [Inject]
    private TaskService Service { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    /// <summary>A task that was not started can be canceled as a whole only, and one that has ended not at all.</summary>
    private bool MayChoose => TaskStatus >= OpsTaskStatus.Queued && !TaskStatus.IsTerminal();

    private bool Choosing => _choosing && MayChoose;

    private void ToggleChoosing()
    {
        _choosing = !_choosing;
        _chosen.Clear();
    }

    private RenderFragment Pick(Guid hostId, string name) => builder =>
    {
        builder.OpenElement(0, "input");
        builder.AddAttribute(1, "type", "checkbox");
        builder.AddAttribute(2, "aria-label", T["Choose.Host", name].Value);
        builder.AddAttribute(3, "data-testid", "choose-host");
        builder.AddAttribute(4, "data-host", name);
        builder.AddAttribute(5, "checked", BindConverter.FormatValue(_chosen.ContainsKey(hostId)));
        builder.AddAttribute(6, "onchange", EventCallback.Factory.Create<ChangeEventArgs>(this, () => Toggle(hostId, name)));
        builder.SetUpdatesAttributeName("checked");
        builder.CloseElement();
    };

    private void Toggle(Guid hostId, string name)
    {
        if (!_chosen.Remove(hostId))
        {
            _chosen.Add(hostId, name);
        }
    }

    /// <summary>Every host that the filter and the search find.</summary>
    private async Task ChooseAllAsync()
    {
        _busy = true;
        var filter = Filter;
        var more = true;
        for (var number = 1; more && _chosen.Count < MostChosen; number++)
        {
            var answer = await Tasks.HostsAsync(TaskId, filter, new PageRequest(number, PageRequest.MaxSize), await CurrentActor.GetAsync(), CancellationToken.None);
            more = answer.TryGet(out var page, out _problem) && page.Items.Count == PageRequest.MaxSize;
            foreach (var row in page?.Items ?? [])
            {
                _chosen.TryAdd(row.HostId, row.HostName);
            }
        }

        _busy = false;
    }

    private async Task CancelChosenAsync()
    {
        var names = string.Join(", ", _chosen.Values.Order(StringComparer.Ordinal).Take(MostNamed));
        if (_chosen.Count > MostNamed)
        {
            names = T["Targets.NamesAndMore", names, (_chosen.Count - MostNamed).ToString("N0", CultureInfo.CurrentCulture)];
        }

        if (!await Dialogs.AskAsync(T.Count("HostCancel.Title", _chosen.Count), $"{T["HostCancel.Text"]} {names}", T["HostCancel.Yes"]))
        {
            return;
        }

        _busy = true;
        var answer = await Service.CancelAsync(TaskId, [.. _chosen.Keys], await CurrentActor.GetAsync(), CancellationToken.None);
        _busy = false;
        _problem = answer.Problem;
        if (answer.Problem is null)
        {
            ToggleChoosing();
        }
    }
}
