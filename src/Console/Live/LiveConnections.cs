using System.Collections.Concurrent;

namespace TaskConsole.Console.Live;

/// <summary>The watching loops of every connection. A loop ends with its connection, at the latest.</summary>
internal sealed partial class LiveConnections(ILogger<LiveConnections> logger) : IAsyncDisposable
{
    /// <summary>Most things that one connection watches.</summary>
    public const int MaxWatches = 100;

    private readonly ConcurrentDictionary<string, Connection> _connections = new(StringComparer.Ordinal);

    public void Open(string connectionId) => _connections.TryAdd(connectionId, new Connection());

    /// <summary>Starts a loop. One that watches the same is ended first. False: the connection watches too much, or is gone.</summary>
    public async Task<bool> WatchAsync(string connectionId, string subject, Func<CancellationToken, Task> loop)
    {
        if (!_connections.TryGetValue(connectionId, out var connection))
        {
            return false;
        }

        var watch = new LiveLoop(stop => RunAsync(subject, loop, stop));
        if (!connection.TryReplace(subject, watch, out var earlier))
        {
            await watch.DisposeAsync();
            return false;
        }

        if (earlier is not null)
        {
            await earlier.DisposeAsync();
        }

        watch.Start();
        return true;
    }

    /// <summary>Ends one loop; without it nothing happens.</summary>
    public async Task UnwatchAsync(string connectionId, string subject)
    {
        if (_connections.TryGetValue(connectionId, out var connection) && connection.Remove(subject) is { } loop)
        {
            await loop.DisposeAsync();
        }
    }

    /// <summary>Ends every loop of a connection.</summary>
    public async Task CloseAsync(string connectionId)
    {
        if (_connections.TryRemove(connectionId, out var connection))
        {
            foreach (var loop in connection.Close())
            {
                await loop.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connectionId in _connections.Keys)
        {
            await CloseAsync(connectionId);
        }
    }

    private async Task RunAsync(string subject, Func<CancellationToken, Task> loop, CancellationToken stop)
    {
        try
        {
            await loop(stop);
        }
        catch (OperationCanceledException)
        {
            // Ended by its owner.
        }
        catch (Exception failure)
        {
            LogFailed(failure, subject);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Watching {Subject} failed; the client sees nothing more of it until it asks again")]
    private partial void LogFailed(Exception failure, string subject);

    private sealed class Connection
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, LiveLoop> _loops = new(StringComparer.Ordinal);
        private bool _closed;

        public bool TryReplace(string subject, LiveLoop loop, out LiveLoop? earlier)
        {
            lock (_gate)
            {
                _loops.TryGetValue(subject, out earlier);
                if (_closed || (earlier is null && _loops.Count >= MaxWatches))
                {
                    return false;
                }

                _loops[subject] = loop;
                return true;
            }
        }

        public LiveLoop? Remove(string subject)
        {
            lock (_gate)
            {
                _loops.Remove(subject, out var loop);
                return loop;
            }
        }

        public IReadOnlyList<LiveLoop> Close()
        {
            lock (_gate)
            {
                _closed = true;
                return [.. _loops.Values];
            }
        }
    }
}
