namespace TaskConsole.Console.Components.Live;

/// <summary>Runs the last of several acts that follow each other quickly, when it has been quiet for a while.</summary>
internal sealed class Debounce(TimeSpan quiet, TimeProvider clock) : IDisposable
{
    private CancellationTokenSource? _pending;

    /// <summary>Completes when <paramref name="act"/> has run, or another took its place.</summary>
    public async Task RunAsync(Func<CancellationToken, Task> act)
    {
        _pending?.Cancel();
        _pending?.Dispose();
        var mine = _pending = new CancellationTokenSource();
        var token = mine.Token;
        try
        {
            await Task.Delay(quiet, clock, token);
            await act(token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // A later one took its place.
        }
    }

    public void Dispose()
    {
        _pending?.Cancel();
        _pending?.Dispose();
        _pending = null;
    }
}
