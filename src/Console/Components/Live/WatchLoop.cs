using TaskConsole.Core.Events;

namespace TaskConsole.Console.Components.Live;

/// <summary>
/// Carries a <see cref="Watch{T}"/> to a component: a refresh at once for the first change, then at most one in an
/// interval, however many changes come. A refresh that fails is tried again; the change that it was for is not lost.
/// </summary>
internal sealed class WatchLoop<T> : IAsyncDisposable
    where T : class
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly Watch<T> _watch;
    private readonly TimeSpan _interval;
    private readonly Func<T, CancellationToken, Task> _refresh;
    private readonly Action<Exception> _failed;
    private readonly TimeProvider _clock;
    private readonly Task _running;

    public WatchLoop(Watch<T> watch, TimeSpan interval, Func<T, CancellationToken, Task> refresh, Action<Exception> failed, TimeProvider clock)
    {
        _watch = watch;
        _interval = interval;
        _refresh = refresh;
        _failed = failed;
        _clock = clock;
        _running = RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _watch.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var change = await _watch.ReadAsync(stopping).ConfigureAwait(false);
                while (!await TryRefreshAsync(change, stopping).ConfigureAwait(false))
                {
                    await Task.Delay(RetryDelay, _clock, stopping).ConfigureAwait(false);
                }

                await Task.Delay(_interval, _clock, stopping).ConfigureAwait(false);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            // The component is gone.
        }
    }

    private async Task<bool> TryRefreshAsync(T change, CancellationToken stopping)
    {
        try
        {
            await _refresh(change, stopping).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException and not ObjectDisposedException)
        {
            _failed(failure);
            return false;
        }
    }
}
