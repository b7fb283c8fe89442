using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// What scripts left running in the background, from the script's end until the hub has acknowledged that the last of
/// these processes has ended. Their supervisors keep them; this follows, as the files are the truth.
/// </summary>
internal sealed partial class Leftovers(DataDirectory data, WorkCleaner cleaner, TimeProvider time, ILogger<Leftovers> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<AttemptId, Task> _following = new();
    private readonly ConcurrentDictionary<AttemptId, LeftoverRecord> _ended = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Scripts that have processes in the background now.</summary>
    public int Count => _following.Count;

    /// <summary>Set whenever <see cref="Ended"/> has got one more.</summary>
    public AsyncSignal Changed { get; } = new();

    /// <summary>Those whose end the hub has not acknowledged.</summary>
    public IReadOnlyList<(AttemptId Id, LeftoverRecord Record)> Ended => [.. _ended.Select(entry => (entry.Key, entry.Value))];

    /// <summary>An attempt has ended: follows what it left running, or lets its folder go.</summary>
    public void Take(AttemptId id)
    {
        var folder = FolderOf(id);
        if (folder.Exists)
            Follow(id, folder);
        else
            cleaner.Add(id);
    }

    /// <summary>Ends the processes of a script that has ended: TERM, after the grace KILL. Without effect where there are none.</summary>
    public async Task EndAsync(AttemptId id, SupervisorCommand command, CancellationToken cancellationToken)
    {
        if (!_following.ContainsKey(id))
            return;
        using var link = await SupervisorLink.TryConnectAsync(FolderOf(id).SocketPath, cancellationToken);
        link?.TrySend(command);
    }

    /// <summary>The hub knows of the end.</summary>
    public void Acknowledge(AttemptId id)
    {
        if (_ended.TryRemove(id, out _))
            FolderOf(id).Delete();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var path in Directory.EnumerateDirectories(data.LeftoversPath))
        {
            if (AttemptId.TryParse(Path.GetFileName(path), out var id))
                Follow(id, new LeftoverFolder(path));
        }

        return Task.CompletedTask;
    }

    /// <summary>What runs goes on; only the following ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_following.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private LeftoverFolder FolderOf(AttemptId id) => new(Path.Combine(data.LeftoversPath, id.ToString()));

    private void Follow(AttemptId id, LeftoverFolder folder) => _following[id] = FollowAsync(id, folder, _stopping.Token);

    private async Task FollowAsync(AttemptId id, LeftoverFolder folder, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (IsAlive(folder))
        {
            using (var link = await SupervisorLink.TryConnectAsync(folder.SocketPath, cancellationToken))
            {
                while (link is not null && await link.WaitAsync(cancellationToken))
                {
                    // It says nothing but that it ends.
                }
            }

            await Task.Delay(Interval, time, cancellationToken);
        }

        var record = folder.Read() ?? new LeftoverRecord();
        if (record.EndedAtMs == 0)
            record.EndedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        _ended[id] = record;
        _following.TryRemove(id, out _);
        cleaner.Add(id);
        Changed.Set();
        LogEnded(id, record.DroppedBytes);
    }

    // A supervisor that was killed leaves its lock free; who is still in the cgroup keeps the folder all the same.
    private static bool IsAlive(LeftoverFolder folder)
    {
        try
        {
            using var held = folder.TryLock();
            return held is null || (folder.Read() is { EndedAtMs: 0, Cgroup.Length: > 0 } record && new AttemptCgroup(record.Cgroup).Scan().Count > 0);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What attempt {Attempt} had left running in the background has ended; {Bytes} bytes of its output were dropped")]
    private partial void LogEnded(AttemptId attempt, long bytes);
}
