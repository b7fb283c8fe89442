using Microsoft.AspNetCore.Components;
using TaskConsole.Console.Components.Live;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>Chooses the hosts of a task and tells how many it hits now, live.</summary>
public sealed partial class TargetPanel
{
    private const int ShownNames = 8;
    private const int MostSuggestions = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private Debounce? _debounce;
    private HostPreview? _preview;
    private string? _selectorError;
    private IReadOnlyList<string> _suggestions = [];
    private TargetDraft? _read;

    [Parameter, EditorRequired]
    public TargetDraft Targets { get; set; } = null!;

    [Parameter, EditorRequired]
    public FieldErrors Errors { get; set; } = null!;

    /// <summary>What it hits now.</summary>
    [Parameter]
    public EventCallback<TargetCount> OnCounted { get; set; }

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private HostService Hosts { get; set; } = null!;

    private string? SelectorError => _selectorError ?? Errors.For("targets.selector");

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        _debounce = new Debounce(TimeSpan.FromMilliseconds(250), Clock);
        Follow(Events.WatchFleet(), Interval, (_, stopping) => CountAsync(stopping));
        await SuggestAsync();
    }

    /// <inheritdoc />
    protected override Task OnParametersSetAsync()
    {
        if (ReferenceEquals(_read, Targets))
        {
            return Task.CompletedTask;
        }

        _read = Targets;
        return CountAsync(Stopping);
    }

    /// <inheritdoc />
    protected override ValueTask DisposeOwnAsync()
    {
        _debounce?.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task ChooseAsync(TargetMode mode)
    {
        Targets.Mode = mode;
        return ChangedAsync();
    }

    private Task TypedAsync(ChangeEventArgs change)
    {
        Targets.Selector = change.Value?.ToString() ?? "";
        return Task.WhenAll(OnChanged.InvokeAsync(), _debounce!.RunAsync(CountAsync));
    }

    private Task PickedAsync() => ChangedAsync();

    private Task ToggleAsync(string part)
    {
        var parts = Parts();
        Targets.Selector = string.Join(',', parts.Contains(part, StringComparer.Ordinal) ? parts.Where(other => other != part) : parts.Append(part));
        return ChangedAsync();
    }

    private Task ChangedAsync() => Task.WhenAll(OnChanged.InvokeAsync(), CountAsync(Stopping));

    private async Task CountAsync(CancellationToken stopping)
    {
        (_preview, _selectorError) = Targets.Mode switch
        {
            TargetMode.Hosts => (new HostPreview(Targets.Hosts.Count, 0, 0, [.. Targets.Hosts.Values.Where(name => name.Length > 0).Order(StringComparer.Ordinal).Take(ShownNames)]), null),
            TargetMode.All => await PreviewAsync(null, stopping),
            _ when string.IsNullOrWhiteSpace(Targets.Selector) => (null, null),
            _ => await PreviewAsync(Targets.Selector.Trim(), stopping),
        };
        await OnCounted.InvokeAsync(_preview is { } preview ? new TargetCount(preview.Count, preview.Online, preview.Offline) : default);
    }

    private async Task<(HostPreview? Preview, string? Error)> PreviewAsync(string? selector, CancellationToken stopping)
    {
        var answer = await Hosts.PreviewAsync(selector, await ActorAsync(), stopping);
        return answer.TryGet(out var preview, out var problem)
            ? (preview, null)
            : (null, problem is Problem.Invalid invalid && invalid.Errors.TryGetValue("selector", out var errors) ? Sentences.Current.Problems(errors) : Sentences.Current.Of(problem));
    }

    /// <summary>Labels that tell hosts apart, most used first.</summary>
    private async Task SuggestAsync()
    {
        var answer = await Hosts.ListAsync(new HostFilter(), new PageRequest(1, PageRequest.MaxSize), await ActorAsync(), Stopping);
        if (answer.TryGet(out var page, out _))
        {
            _suggestions =
            [
                .. page.Items.SelectMany(host => host.Labels)
                    .CountBy(label => label.Value.Length == 0 ? label.Key : $"{label.Key}={label.Value}", StringComparer.Ordinal)
                    .OrderByDescending(counted => counted.Value).ThenBy(counted => counted.Key, StringComparer.Ordinal)
                    .Take(MostSuggestions).Select(counted => counted.Key).Order(StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>The selector's parts, cut at commas outside of parentheses.</summary>
    private List<string> Parts()
    {
        var parts = new List<string>();
        var depth = 0;
        var start = 0;
        var text = Targets.Selector;
        for (var index = 0; index <= text.Length; index++)
        {
            if (index == text.Length || (text[index] == ',' && depth == 0))
            {
                if (text[start..index].Trim() is { Length: > 0 } part)
                {
                    parts.Add(part);
                }

                start = index + 1;
                continue;
            }

            depth += text[index] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        return parts;
    }

    private string Names(HostPreview preview)
    {
        var names = string.Join(", ", preview.Names.Take(ShownNames));
        var more = preview.Count - Math.Min(ShownNames, preview.Names.Count);
        return more > 0 ? T["Targets.NamesAndMore", names, more.ToString("N0", System.Globalization.CultureInfo.CurrentCulture)] : names;
    }
}
