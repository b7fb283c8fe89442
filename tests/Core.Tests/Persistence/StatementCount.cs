using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>
/// Counts the statements that one database is asked, whoever asks: other tests run at the same time. Made before the
/// contexts are: one that found nobody listening does not look again for a second.
/// </summary>
internal sealed class StatementCount : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly List<IDisposable> _subscriptions = [];
    private readonly string _database;
    private int _count;

    public StatementCount(TestDatabase database)
    {
        using var context = database.Context();
        _database = Name(context);
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Statements since the last call.</summary>
    public int Take() => Interlocked.Exchange(ref _count, 0);

    public void OnNext(DiagnosticListener value)
    {
        if (string.Equals(value.Name, DbLoggerCategory.Name, StringComparison.Ordinal))
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is CommandExecutedEventData { Context: { } context } && string.Equals(Name(context), _database, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _count);
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

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());

    private static string Name(DbContext context) => context.Database.GetDbConnection() is { Database: var database, DataSource: var source } ? $"{source}/{database}" : "";
}
