using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Hosts;

/// <summary>The fleet: who is there, who asks to join, and how to add one. Filters and page are in the address.</summary>
public sealed partial class HostsPage
{
    /// <summary>Rows of a page.</summary>
    internal const int PageSize = 100;

    private const int MostAsking = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly HostStatus[] Statuses = [HostStatus.Online, HostStatus.Offline, HostStatus.Draining, HostStatus.Duplicate, HostStatus.Rejected];
    private PageOf<HostView>? _page;
    private PageOf<HostView>? _asking;
    private PageOf<HostView>? _duplicates;
    private Problem? _problem;
    private string? _selectorError;
    private bool _busy;

    [SupplyParameterFromQuery(Name = "status")]
    private string? Status { get; set; }

    [SupplyParameterFromQuery(Name = "search")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "selector")]
    private string? Selector { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? Number { get; set; }

    [SupplyParameterFromQuery(Name = "add")]
    private string? Add { get; set; }

    [Inject]
    private HostService Hosts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    private bool Adding => Add is not null;

    private HostStatus? Selected => Enum.TryParse<HostStatus>(Status, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null;

    private bool Filtered => Selected is not null || !string.IsNullOrWhiteSpace(Search) || !string.IsNullOrWhiteSpace(Selector);

    /// <inheritdoc />
    protected override void OnInitialized() => Follow(Events.WatchFleet(), Interval, (_, stopping) => ReadAsync(stopping));

    /// <inheritdoc />
    protected override Task OnParametersSetAsync() => ReadAsync(Stopping);

    private async Task ReadAsync(CancellationToken stopping)
    {
        var actor = await ActorAsync();
        var asking = await Hosts.ListAsync(new HostFilter { Asking = true }, new PageRequest(1, MostAsking), actor, stopping);
        _asking = asking.TryGet(out var waiting, out _) ? waiting : null;
        var duplicates = await Hosts.ListAsync(new HostFilter { Status = HostStatus.Duplicate }, new PageRequest(1, MostAsking), actor, stopping);
        _duplicates = duplicates.TryGet(out var two, out _) ? two : null;
        var filter = new HostFilter
        {
            Status = Selected,
            Search = string.IsNullOrWhiteSpace(Search) ? null : Search,
            Selector = string.IsNullOrWhiteSpace(Selector) ? null : Selector,
        };
        var answer = await Hosts.ListAsync(filter, new PageRequest(Math.Max(1, Number ?? 1), PageSize), actor, stopping);
        _selectorError = null;
        if (answer.TryGet(out var page, out _problem))
        {
            _page = page;
            if (page.Page > page.Last())
            {
                GoTo(page.Last());
            }
        }
        else if (_problem is Problem.Invalid invalid && invalid.Errors.TryGetValue("selector", out var errors))
        {
            (_selectorError, _problem) = (Sentences.Current.Problems(errors), null);
        }
    }

    private async Task ApproveAsync((HostView Host, PendingKeyView Key) asking)
    {
        var (host, key) = asking;

        // A replacement hands a host over to whoever holds the new key: its name is typed first.
        if (!key.IsReplacement
            || await Dialogs.AskAsync(T["Asking.ReplaceTitle", host.Name], T["Asking.ReplaceText", key.Address ?? "?"], T["Asking.Replace"], host.Name, T["Asking.TypeName", host.Name]))
        {
            await ActAsync(actor => Hosts.ApproveAsync(host.Id, key.Fingerprint, actor, Stopping), T["Asking.Approved", host.Name]);
        }
    }

    /// <summary>One agent is gone, and the other keeps the key in force.</summary>
    private async Task ReleaseAsync(HostView host)
    {
        if (await Dialogs.AskAsync(T["Duplicate.ReleaseTitle", host.Name], T["Duplicate.ReleaseText"], T["Duplicate.Release"], host.Name, T["Asking.TypeName", host.Name]))
        {
            await ActAsync(actor => Hosts.ApproveAsync(host.Id, host.Fingerprint, actor, Stopping), T["Duplicate.Released", host.Name]);
        }
    }

    private async Task RejectAsync((HostView Host, PendingKeyView Key) asking)
    {
        var (host, key) = asking;
        if (await Dialogs.AskAsync(T["Asking.RejectTitle", host.Name], T["Asking.RejectText"], T["Asking.Reject"]))
        {
            await ActAsync(actor => Hosts.RejectAsync(host.Id, key.Fingerprint, actor, Stopping), T["Asking.Rejected", host.Name]);
        }
    }

    private Task DrainAsync(HostView host)
    {
        var draining = host.Status != HostStatus.Draining;
        return ActAsync(actor => Hosts.SetDrainingAsync(host.Id, draining, actor, Stopping), T[draining ? "Host.Drained" : "Host.Undrained", host.Name]);
    }

    private async Task DeleteAsync(HostView host)
    {
        if (await Dialogs.AskAsync(T["Host.DeleteTitle", host.Name], T["Host.DeleteText"], T["Host.Delete"]))
        {
            await ActAsync(actor => Hosts.DeleteAsync(host.Id, actor, Stopping), T["Host.Deleted", host.Name]);
        }
    }

    private async Task LabelAsync(HostView host)
    {
        var parameters = new DialogParameters<LabelsDialog>
        {
            { dialog => dialog.Host, host },
            { dialog => dialog.Save, async labels => (await Hosts.SetLabelsAsync(host.Id, labels, await ActorAsync(), Stopping)).Problem },
        };
        var shown = await Dialogs.ShowAsync<LabelsDialog>(host.Name, parameters);
        if (await shown.Result is { Canceled: false })
        {
            await ReadAsync(Stopping);
        }
    }

    private async Task ActAsync<TAnswer>(Func<Actor, Task<Answer<TAnswer>>> act, string done)
    {
        _busy = true;
        var answer = await act(await ActorAsync());
        _busy = false;
        await ReadAsync(Stopping);
        _problem = answer.Problem;
        if (answer.Problem is null)
        {
            Snackbar.Add(done);
        }
    }

    private void GoTo(int page) => Go("page", page > 1 ? page.ToString(CultureInfo.InvariantCulture) : null);

    private string Pressed(HostStatus? status) => Selected == status ? "true" : "false";

    private void Go(string name, string? value)
    {
        var changes = new Dictionary<string, object?>(StringComparer.Ordinal) { [name] = string.IsNullOrWhiteSpace(value) ? null : value };
        if (name is not ("page" or "add"))
        {
            changes["page"] = null;
        }

        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(changes), replace: true);
    }
}
