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
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<AttemptId, Lingering> _following = new();
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
        if (!_following.TryGetValue(id, out var lingering))
            return;
        var folder = FolderOf(id);
        using var link = await SupervisorLink.TryConnectAsync(folder.SocketPath, cancellationToken);
        if (link?.TrySend(command) == true)
            return;
        // Their supervisor was killed: who they are is known by the cgroup alone.
        if (folder.Read() is { EndedAtMs: 0, Cgroup.Length: > 0 } record)
            lingering.End(() => EndOrphansAsync(new AttemptCgroup(record.Cgroup), TimeSpan.FromMilliseconds(command.KillGraceMs), _stopping.Token));
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
        await Task.WhenAll(_following.Values.SelectMany(lingering => (Task[])[lingering.Followed, lingering.Ending ?? Task.CompletedTask])).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    private LeftoverFolder FolderOf(AttemptId id) => new(Path.Combine(data.LeftoversPath, id.ToString()));

    private void Follow(AttemptId id, LeftoverFolder folder)
    {
        var lingering = new Lingering();
        // It is in the books before it is followed: it may be over at once.
        if (!_ended.ContainsKey(id) && _following.TryAdd(id, lingering))
            lingering.Followed = FollowAsync(id, folder, lingering, _stopping.Token);
    }

    private async Task FollowAsync(AttemptId id, LeftoverFolder folder, Lingering lingering, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (IsAlive(id, folder))
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
        if (lingering.Ending is { } ending)
            record.Killed = await ending;

        // Where the supervisor was killed nobody else takes it away.
        if (record.Cgroup.Length > 0)
            new AttemptCgroup(record.Cgroup).Remove();
        _ended[id] = record;
        _following.TryRemove(id, out _);
        cleaner.Add(id);
        Changed.Set();
        LogEnded(id, record.DroppedBytes);
    }

    private async Task<int> EndOrphansAsync(AttemptCgroup cgroup, TimeSpan grace, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var ladder = new KillLadder(cgroup.Scan, cgroup, time);
        await ladder.RunAsync(session: 0, grace, cancellationToken);
        return ladder.Killed;
    }

    // A supervisor that was killed leaves its lock free; who is still in the cgroup keeps the folder all the same, and where there is
    // none, whoever carries the mark: nobody is killed by it, so that it may be forged.
    private static bool IsAlive(AttemptId id, LeftoverFolder folder)
    {
        try
        {
            using var held = folder.TryLock();
            if (held is null)
                return true;
            if (folder.Read() is not { EndedAtMs: 0 } record || record.BootId != BootId.Current)
                return false;
            return record.Cgroup.Length > 0 ? new AttemptCgroup(record.Cgroup).Scan().Count > 0 : new AttemptMark(id).CountCarriers() > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What attempt {Attempt} had left running in the background has ended; {Bytes} bytes of its output were dropped")]
    private partial void LogEnded(AttemptId attempt, long bytes);

    /// <summary>One script whose processes in the background are followed.</summary>
    private sealed class Lingering
    {
        private readonly Lock _gate = new();
        private Task<int>? _ending;

        /// <summary>Completes when they have ended.</summary>
        public Task Followed { get; set; } = Task.CompletedTask;

        /// <summary>The way to their end, where their supervisor was killed and somebody asked for it; gives the number of processes that it ended.</summary>
        public Task<int>? Ending
        {
            get
            {
                lock (_gate)
                    return _ending;
            }
        }

        /// <summary>Begins the way to their end; without effect where it was begun before.</summary>
        public void End(Func<Task<int>> begin)
        {
            lock (_gate)
                _ending ??= begin();
        }
    }
}
