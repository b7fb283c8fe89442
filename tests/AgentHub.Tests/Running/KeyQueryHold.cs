using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>
/// Holds up the query for the keys of hellos in one database, as a slow store would. Made before the hub is: a context that
/// found nobody listening does not look again for a second.
/// </summary>
internal sealed class KeyQueryHold : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly List<IDisposable> _subscriptions = [];
    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _folder;

    public KeyQueryHold() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <summary>From now on, in the database of this folder. Completes when a query is held.</summary>
    public Task HoldNext(string folder)
    {
        _folder = folder;
        return _asked.Task;
    }

    public void Release() => _released.Set();

    public void OnNext(DiagnosticListener value)
    {
        if (string.Equals(value.Name, DbLoggerCategory.Name, StringComparison.Ordinal))
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (_folder is { } folder
            && value.Value is CommandEventData { Context: { } context } command and not CommandExecutedEventData
            && context.Database.GetDbConnection().DataSource.StartsWith(folder, StringComparison.Ordinal)
            && command.Command.CommandText.Contains("host_keys", StringComparison.Ordinal))
        {
            _asked.TrySetResult();
            _released.Wait(TimeSpan.FromSeconds(30));
        }
    }

    public void OnCompleted()
    {
        // Listeners live as long as the process.
    }

    public void OnError(Exception error)
    {
        // A listener does not fail.
    }

    public void Dispose()
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _released.Set();
        _released.Dispose();
    }
}
