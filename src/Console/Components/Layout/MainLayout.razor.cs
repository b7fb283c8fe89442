using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace TaskConsole.Console.Components.Layout;

/// <summary>The frame of every page: navigation, top bar, palette, and the keys that work everywhere.</summary>
public sealed partial class MainLayout : IAsyncDisposable
{
    private DotNetObjectReference<MainLayout>? _self;
    private ErrorBoundary? _boundary;
    private Overlay _open;

    private enum Overlay
    {
        None,
        Palette,
        Sheet,
    }

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    /// <summary>A key that works everywhere was pressed.</summary>
    [JSInvokable]
    public void OnShortcut(string shortcut)
    {
        switch (shortcut)
        {
            case "new":
                _open = Overlay.None;
                Navigation.NavigateTo("tasks/new");
                break;
            case "palette":
                _open = Overlay.Palette;
                break;
            case "sheet":
                _open = Overlay.Sheet;
                break;
            case "escape":
                _open = Overlay.None;
                break;
        }

        StateHasChanged();
    }

    /// <inheritdoc />
    protected override void OnParametersSet() => _boundary?.Recover();

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            await Js.InvokeVoidAsync("taskConsole.keyboard.attach", _self);
        }
    }

    private void OpenPalette() => _open = Overlay.Palette;

    private void CloseOverlay() => _open = Overlay.None;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Js.InvokeVoidAsync("taskConsole.keyboard.detach");
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and its listener with it.
        }

        _self?.Dispose();
    }
}
