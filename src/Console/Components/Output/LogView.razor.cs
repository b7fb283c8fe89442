using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using TaskConsole.Console.Resources;

namespace TaskConsole.Console.Components.Output;

/// <summary>
/// Shows the lines that are in sight, and some around them. While it follows, the newest lines are rendered at once,
/// without asking the browser where it is: one way from the store to the screen.
/// </summary>
public sealed partial class LogView : IAsyncDisposable
{
    /// <summary>Height of a line in pixels, as in log.css.</summary>
    internal const int LineHeight = 18;

    private const int Overscan = 40;
    private DotNetObjectReference<LogView>? _self;
    private ElementReference _scroller;
    private LogDocument? _shown;
    private bool _following = true;
    private bool _tellBrowser;
    private int _first;
    private int _inSight = 60;
    private int _start;
    private int _end;

    [Parameter, EditorRequired]
    public LogDocument Document { get; set; } = null!;

    [Parameter]
    public bool Wrap { get; set; }

    [Parameter]
    public bool Follow { get; set; } = true;

    [Parameter]
    public EventCallback<bool> FollowChanged { get; set; }

    /// <summary>What is marked in the lines.</summary>
    [Parameter]
    public string? Find { get; set; }

    /// <summary>Index of the line that the search stands on.</summary>
    [Parameter]
    public int? At { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private string Above => string.Create(CultureInfo.InvariantCulture, $"{_start * LineHeight}px");

    private string Below => string.Create(CultureInfo.InvariantCulture, $"{(Document.Count - _end) * LineHeight}px");

    /// <summary>The browser scrolled.</summary>
    [JSInvokable]
    public async Task OnScrolled(int first, int inSight, bool following)
    {
        _first = first;
        _inSight = Math.Clamp(inSight, 10, 400);
        if (following != _following)
        {
            _following = following;
            await FollowChanged.InvokeAsync(following);
        }

        Place();
        StateHasChanged();
    }

    /// <summary>Brings a line into sight.</summary>
    public async Task ShowLineAsync(int index)
    {
        _following = false;
        _first = Math.Max(0, index - (_inSight / 2));
        Place();
        StateHasChanged();
        await Js.InvokeVoidAsync("taskConsole.log.toLine", _scroller, index, LineHeight);
    }

    /// <inheritdoc />
    protected override void OnParametersSet()
    {
        if (!ReferenceEquals(_shown, Document))
        {
            _shown = Document;
            _first = 0;
        }

        if (Follow != _following)
        {
            _following = Follow;
            _tellBrowser = true;
        }

        Place();
    }

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            await Js.InvokeVoidAsync("taskConsole.log.attach", _scroller, _self, LineHeight);
        }

        if (_tellBrowser)
        {
            _tellBrowser = false;
            await Js.InvokeVoidAsync("taskConsole.log.follow", _scroller, Follow);
        }
    }

    private void Place()
    {
        var count = Document.Count;
        _start = Math.Clamp((_following ? count - _inSight : Math.Min(_first, count - _inSight)) - Overscan, 0, count);
        _end = Math.Clamp(_following ? count : _first + _inSight + Overscan, _start, count);
    }

    private RenderFragment Text(LogLine line) => builder =>
    {
        foreach (var piece in LineMarkup.Pieces(line, Find))
        {
            Piece(builder, piece);
        }

        if (line.HiddenCharacters > 0)
        {
            builder.OpenElement(10, "span");
            builder.AddAttribute(11, "class", "more");
            builder.AddContent(12, (string)T["Log.Hidden", line.HiddenCharacters.ToString("N0", CultureInfo.CurrentCulture)]);
            builder.CloseElement();
        }
    };

    private static void Piece(RenderTreeBuilder builder, LinePiece piece)
    {
        var classes = piece.Style.Classes();
        var colours = piece.Style.Colours();
        if (classes is null && colours is null && !piece.Found)
        {
            builder.AddContent(0, piece.Text);
            return;
        }

        builder.OpenElement(1, piece.Found ? "mark" : "span");
        builder.AddAttribute(2, "class", classes);
        builder.AddAttribute(3, "style", colours);
        builder.AddContent(4, piece.Text);
        builder.CloseElement();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Js.InvokeVoidAsync("taskConsole.log.detach", _scroller);
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and its listeners with it.
        }

        _self?.Dispose();
    }
}
