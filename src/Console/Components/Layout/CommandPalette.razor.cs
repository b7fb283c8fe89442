using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Components.Status;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Layout;

/// <summary>Goes to a page, opens a task by its name, or does one of a few things, by keyboard alone.</summary>
public sealed partial class CommandPalette : IDisposable
{
    private const int MostTasks = 8;
    private Debounce? _debounce;
    private ElementReference _input;
    private List<Choice> _choices = [];
    private string _text = "";
    private int _at;

    private sealed record Choice(string Text, string Aside, string Icon, StatusLook? Look, string? Address, Func<Task>? Act = null);

    [Parameter]
    public EventCallback OnClose { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        _debounce = new Debounce(TimeSpan.FromMilliseconds(120), Clock);
        await FillAsync("", CancellationToken.None);
    }

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await _input.FocusAsync();
        }
    }

    private Task SearchAsync(ChangeEventArgs change)
    {
        _text = change.Value?.ToString() ?? "";
        return _debounce!.RunAsync(stopping => FillAsync(_text, stopping));
    }

    private async Task FillAsync(string text, CancellationToken stopping)
    {
        var found = Places().Where(place => place.Text.Contains(text.Trim(), StringComparison.CurrentCultureIgnoreCase)).ToList();
        var filter = new TaskFilter { Search = string.IsNullOrWhiteSpace(text) ? null : text.Trim() };
        var tasks = await Tasks.ListAsync(filter, new PageRequest(1, MostTasks), await CurrentActor.GetAsync(), stopping);
        if (tasks.TryGet(out var page, out _))
        {
            found.AddRange(page.Items.Select(task => new Choice(task.Name, T["Palette.Task"], "tasks", StatusLook.Of(task.Status), $"tasks/{task.Id}")));
        }

        _choices = found;
        _at = 0;
    }

    private IEnumerable<Choice> Places()
    {
        string page = T["Palette.Page"];
        string act = T["Palette.Act"];
        yield return new Choice(T["Nav.Tasks"], page, "tasks", null, "tasks");
        yield return new Choice(T["Nav.New"], page, "new", null, "tasks/new");
        yield return new Choice(T["Nav.Hosts"], page, "hosts", null, "hosts");
        yield return new Choice(T["Theme.Toggle"], act, "moon", null, null, () => Js.InvokeVoidAsync("taskConsole.theme.toggle").AsTask());
    }

    private async Task KeyAsync(KeyboardEventArgs key)
    {
        switch (key.Key)
        {
            case "ArrowDown" when _choices.Count > 0:
                _at = (_at + 1) % _choices.Count;
                break;
            case "ArrowUp" when _choices.Count > 0:
                _at = (_at + _choices.Count - 1) % _choices.Count;
                break;
            case "Enter" when _at < _choices.Count:
                await ChooseAsync(_choices[_at]);
                break;
        }
    }

    private async Task ChooseAsync(Choice choice)
    {
        await OnClose.InvokeAsync();
        if (choice.Address is { } address)
        {
            Navigation.NavigateTo(address);
        }

        if (choice.Act is { } act)
        {
            await act();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _debounce?.Dispose();
}
