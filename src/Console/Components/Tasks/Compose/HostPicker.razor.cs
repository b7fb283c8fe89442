using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>Picks hosts one by one, or all that a search finds, out of as many as there are.</summary>
public sealed partial class HostPicker
{
    private const int PageSize = 100;
    private const int MostAtOnce = 10_000;
    private Virtualize<HostView>? _list;
    private string? _search;

    /// <summary>Picked hosts with their names; changed in place.</summary>
    [Parameter, EditorRequired]
    public Dictionary<Guid, string> Chosen { get; set; } = null!;

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private HostService Hosts { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    private static bool MayRun(HostView host) => host.Status is HostStatus.Online or HostStatus.Offline;

    private async ValueTask<ItemsProviderResult<HostView>> ReadAsync(ItemsProviderRequest request)
    {
        var hosts = new List<HostView>(request.Count);
        var first = request.StartIndex / PageSize;
        var last = Math.Max(first, (request.StartIndex + request.Count - 1) / PageSize);
        var total = 0;
        for (var number = first; number <= last; number++)
        {
            var answer = await PageAsync(number + 1, PageSize, request.CancellationToken);
            if (!answer.TryGet(out var page, out _))
            {
                break;
            }

            total = page.Total;
            hosts.AddRange(page.Items);
        }

        return new ItemsProviderResult<HostView>(hosts.Skip(request.StartIndex - (first * PageSize)).Take(request.Count), total);
    }

    private async Task<Answer<PageOf<HostView>>> PageAsync(int number, int size, CancellationToken cancellationToken) =>
        await Hosts.ListAsync(new HostFilter { Search = _search }, new PageRequest(number, size), await CurrentActor.GetAsync(), cancellationToken);

    private async Task SearchAsync(string? text)
    {
        _search = text;
        await (_list?.RefreshDataAsync() ?? Task.CompletedTask);
    }

    private Task ToggleAsync(HostView host)
    {
        if (!Chosen.Remove(host.Id))
        {
            Chosen[host.Id] = host.Name;
        }

        return OnChanged.InvokeAsync();
    }

    private async Task AllAsync()
    {
        for (var number = 1; number <= MostAtOnce / PageRequest.MaxSize; number++)
        {
            var answer = await PageAsync(number, PageRequest.MaxSize, CancellationToken.None);
            if (!answer.TryGet(out var page, out _))
            {
                return;
            }

            foreach (var host in page.Items.Where(MayRun))
            {
                Chosen[host.Id] = host.Name;
            }

            if (page.Items.Count < PageRequest.MaxSize)
            {
                break;
            }
        }

        await OnChanged.InvokeAsync();
    }

    private Task NoneAsync()
    {
        Chosen.Clear();
        return OnChanged.InvokeAsync();
    }
}
