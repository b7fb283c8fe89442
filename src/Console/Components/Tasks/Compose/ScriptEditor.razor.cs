using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>The script editor (CodeMirror). The browser holds the text; it tells of changes when typing pauses, and is asked before a task is made.</summary>
public sealed partial class ScriptEditor : IAsyncDisposable
{
    private DotNetObjectReference<ScriptEditor>? _self;
    private IJSObjectReference? _editor;
    private ElementReference _element;
    private string _known = "";
    private string? _interpreter;

    [Parameter, EditorRequired]
    public string Script { get; set; } = "";

    [Parameter]
    public EventCallback<string> ScriptChanged { get; set; }

    /// <summary>Chooses the highlighting.</summary>
    [Parameter]
    public string? Interpreter { get; set; }

    /// <summary>Name for screen readers.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public string? Placeholder { get; set; }

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    /// <summary>Typing has paused.</summary>
    [JSInvokable]
    public Task OnScriptChanged(string script)
    {
        _known = script;
        return ScriptChanged.InvokeAsync(script);
    }

    /// <summary>Takes over what was typed in the last moment.</summary>
    public async Task FlushAsync()
    {
        if (_editor is not null && await _editor.InvokeAsync<string?>("value") is { } script && script != _known)
        {
            await OnScriptChanged(script);
        }
    }

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _known = Script;
            _interpreter = Interpreter;
            _self = DotNetObjectReference.Create(this);
            _editor = await Js.InvokeAsync<IJSObjectReference?>("taskConsole.editor", _element, _self, new { script = Script, interpreter = Interpreter, label = Label, placeholder = Placeholder });
        }
        else if (_editor is not null && _interpreter != Interpreter)
        {
            _interpreter = Interpreter;
            await _editor.InvokeVoidAsync("setInterpreter", Interpreter);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_editor is not null)
            {
                await _editor.InvokeVoidAsync("dispose");
                await _editor.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and the editor with it.
        }

        _self?.Dispose();
    }
}
