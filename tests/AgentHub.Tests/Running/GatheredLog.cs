using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Keeps what was logged.</summary>
internal sealed class GatheredLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Category, string Text)> _lines = new();

    public IEnumerable<string> Lines => _lines.Select(line => line.Text);

    /// <summary>What anything logged at this level.</summary>
    public IEnumerable<string> Of(LogLevel level) => _lines.Where(line => line.Level == level).Select(line => line.Text);

    /// <summary>What this project itself logged at this level.</summary>
    public IEnumerable<string> OfHub(LogLevel level) =>
        _lines.Where(line => line.Level == level && line.Category.StartsWith("TaskConsole.AgentHub", StringComparison.Ordinal)).Select(line => line.Text);

    /// <summary>What anything logged as an error.</summary>
    public IEnumerable<string> Errors => _lines.Where(line => line.Level >= LogLevel.Error).Select(line => $"{line.Category}: {line.Text}");

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(GatheredLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._lines.Enqueue((logLevel, category, formatter(state, exception) + exception));
    }
}
