using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;

namespace TaskConsole.Console.Components.Live;

/// <summary>
/// A component that shows something that changes. It reads from the store, watches, and reads again when told;
/// nothing else calls <see cref="ComponentBase.InvokeAsync(Action)"/>. What it watches ends with it.
/// </summary>
public abstract partial class LiveComponent : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IAsyncDisposable> _loops = [];
    private bool _disposed;

    [Inject]
    protected IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    protected EventBus Events { get; set; } = null!;

    [Inject]
    protected TimeProvider Clock { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    [Inject]
    private ILogger<LiveComponent> Logger { get; set; } = null!;

    /// <summary>Canceled when the component goes.</summary>
    protected CancellationToken Stopping => _stop.Token;

    /// <summary>Who is signed in.</summary>
    protected ValueTask<Actor> ActorAsync() => CurrentActor.GetAsync();

    /// <summary>Follows a watch until the component goes or the answer is disposed. Take the watch before the first read: then nothing is missed.</summary>
    /// <param name="watch">Disposed with the loop.</param>
    /// <param name="interval">Least time between two refreshes.</param>
    /// <param name="refresh">Reads again, on the component's dispatcher; a render follows.</param>
    protected IAsyncDisposable Follow<TChange>(Watch<TChange> watch, TimeSpan interval, Func<TChange, CancellationToken, Task> refresh)
        where TChange : class
    {
        var loop = new WatchLoop<TChange>(
            watch,
            interval,
            (change, stopping) => InvokeAsync(async () =>
            {
                if (!_disposed)
                {
                    await refresh(change, stopping);
                    StateHasChanged();
                }
            }),
            failure => LogRefreshFailed(Logger, failure, GetType().Name),
            Clock);
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Stops one loop before its component goes.</summary>
    protected async ValueTask UnfollowAsync(IAsyncDisposable? loop)
    {
        if (loop is not null && _loops.Remove(loop))
        {
            await loop.DisposeAsync();
        }
    }

    /// <summary>Releases what a component holds besides its watches.</summary>
    protected virtual ValueTask DisposeOwnAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stop.CancelAsync();
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync();
        }

        await DisposeOwnAsync();
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Component} could not read again; it tries until it can")]
    private static partial void LogRefreshFailed(ILogger logger, Exception failure, string component);
}
