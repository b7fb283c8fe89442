namespace TaskConsole.Console.Live;

/// <summary>A loop with an owner: disposing it cancels it and waits for its end.</summary>
internal sealed class LiveLoop(Func<CancellationToken, Task> run) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Starts it, unless it was disposed before.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _running = run(_stop.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
