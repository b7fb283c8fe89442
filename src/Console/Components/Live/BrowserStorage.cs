using Microsoft.JSInterop;

namespace TaskConsole.Console.Components.Live;

/// <summary>Small texts that the browser keeps for its user: drafts and view settings. It may refuse; then nothing is kept.</summary>
internal sealed class BrowserStorage(IJSRuntime js)
{
    public ValueTask<string?> ReadAsync(string key) => js.InvokeAsync<string?>("taskConsole.storage.read", key);

    public ValueTask<bool> WriteAsync(string key, string value) => js.InvokeAsync<bool>("taskConsole.storage.write", key, value);

    public ValueTask RemoveAsync(string key) => js.InvokeVoidAsync("taskConsole.storage.remove", key);
}
