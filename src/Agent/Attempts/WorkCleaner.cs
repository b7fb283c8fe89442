using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Deletes the private folders of scripts once nothing of the script runs any more. No end waits for it and none depends on it: what
/// cannot be deleted is counted, told, and tried again.
/// </summary>
internal sealed partial class WorkCleaner(DataDirectory data, AgentJournal journal, TimeProvider time, ILogger<WorkCleaner> logger) : BackgroundService
{
    // What a script left may be changed by others without end.
    private static readonly TimeSpan MostForOne = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(5);
    private readonly ConcurrentQueue<string> _names = new();
    private readonly AsyncSignal _added = new();
    private readonly TreeRemover _remover = new(data.WorkPath);
    private long _stuckBytes;
    private volatile int _stuck;

    /// <summary>Folders, or parts of them, that could not be deleted.</summary>
    public int Stuck => _stuck;

    /// <summary>What they take on disk: an estimate.</summary>
    public long StuckBytes => Interlocked.Read(ref _stuckBytes);

    /// <summary>An attempt has ended, or the last of what it left running: its folder goes soon.</summary>
    public void Add(AttemptId id)
    {
        _names.Enqueue(id.ToString());
        _added.Set();
    }

    /// <summary>Looks for folders of before while nothing new can be started.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        FindForgotten();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (true)
        {
            Clean(stoppingToken);
            if (_stuck > 0)
                await _added.WaitAsync(Retry, time, stoppingToken);
            else
                await _added.WaitAsync(stoppingToken);
        }
    }

    // From before a restart: of attempts that the journal does not hold any more, and whose leftovers are gone.
    private void FindForgotten()
    {
        var kept = journal.Kept.Select(attempt => attempt.Id.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateDirectories(data.WorkPath))
        {
            var name = Path.GetFileName(path);
            if (AttemptId.TryParse(name, out _) && !kept.Contains(name) && !Directory.Exists(Path.Combine(data.LeftoversPath, name)))
                _names.Enqueue(name);
        }
    }

    private void Clean(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && _names.TryDequeue(out var name))
        {
            using var most = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            most.CancelAfter(MostForOne);
            _ = _remover.Remove(name, most.Token);
        }

        using var rest = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        rest.CancelAfter(MostForOne);
        Count(_remover.RemoveLeaving(rest.Token) ? [] : [.. Directory.EnumerateFileSystemEntries(data.WorkPath).Where(path => TreeRemover.IsLeaving(Path.GetFileName(path)))]);
    }

    private void Count(List<string> stuck)
    {
        Interlocked.Exchange(ref _stuckBytes, stuck.Aggregate(0L, (sum, path) => long.CreateSaturating((Int128)sum + TreeSize.Estimate(path))));
        if (stuck.Count > _stuck)
            LogStuck(stuck.Count, StuckBytes >> 10, data.WorkPath);
        _stuck = stuck.Count;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} folders of ended scripts cannot be deleted ({Kibibytes} KiB in '{Path}'); tried again every 5 minutes")]
    private partial void LogStuck(int count, long kibibytes, string path);
}
