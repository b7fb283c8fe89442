using System.Collections.Concurrent;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// What changes with every heartbeat of the agents that are connected here: kept in memory, written to the store now
/// and then. Losing it loses seconds of 'last seen', nothing else.
/// </summary>
internal sealed class HostPresence(TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, Presence> _hosts = new();

    /// <summary>When this process began to listen for agents; verdicts on absent ones count from 5 s later.</summary>
    public DateTimeOffset UpSince { get; } = time.GetUtcNow();

    private long _lastHello;

    /// <summary>
    /// Whether absent agents may be judged: not before the hub has been up for 5 s, nor while hellos are still coming
    /// in (one in the last 2 s), for at most 60 s.
    /// </summary>
    public bool MayJudge(DateTimeOffset now)
    {
        var up = now - UpSince;
        return up >= TimeSpan.FromSeconds(5)
            && (up >= TimeSpan.FromSeconds(60) || now - DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _lastHello)) >= TimeSpan.FromSeconds(2));
    }

    /// <summary>From when an absence that began at <paramref name="since"/> counts.</summary>
    public DateTimeOffset CountsFrom(DateTimeOffset? since) =>
        since is { } broke && broke > UpSince.AddSeconds(5) ? broke : UpSince.AddSeconds(5);

    public void Opened(Guid hostId, long epoch, HostLoad load)
    {
        var now = time.GetUtcNow();
        Interlocked.Exchange(ref _lastHello, now.ToUnixTimeMilliseconds());
        _hosts[hostId] = new Presence(epoch, now, load, 0);
    }

    /// <summary>A session ended; answers the highest sequence of the journal that was seen while it lived, 0 for none.</summary>
    public long Closed(Guid hostId, long epoch)
    {
        while (_hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch)
        {
            if (_hosts.TryRemove(new KeyValuePair<Guid, Presence>(hostId, presence)))
            {
                return presence.JournalSequence;
            }
        }

        return 0;
    }

    /// <summary>Whether this is the session that speaks for the host.</summary>
    public bool IsCurrent(Guid hostId, long epoch) => _hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch;

    public void Heartbeat(Guid hostId, long epoch, HostLoad load, long journalSequence) =>
        Change(hostId, epoch, presence => presence with
        {
            LastSeen = time.GetUtcNow(),
            Load = load,
            JournalSequence = Math.Max(presence.JournalSequence, journalSequence),
        });

    /// <summary>Notes the highest sequence that a journal was seen at.</summary>
    public void Sequence(Guid hostId, long sequence)
    {
        if (_hosts.TryGetValue(hostId, out var presence) && presence.JournalSequence < sequence)
        {
            Change(hostId, presence.Epoch, current => current with { JournalSequence = Math.Max(current.JournalSequence, sequence) });
        }
    }

    public Presence? Find(Guid hostId) => _hosts.GetValueOrDefault(hostId);

    public IReadOnlyCollection<KeyValuePair<Guid, Presence>> All() => [.. _hosts];

    private void Change(Guid hostId, long epoch, Func<Presence, Presence> change)
    {
        while (_hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch && !_hosts.TryUpdate(hostId, change(presence), presence))
        {
            // Somebody else changed it in between: look again.
        }
    }

    /// <summary>One connected agent.</summary>
    public sealed record Presence(long Epoch, DateTimeOffset LastSeen, HostLoad Load, long JournalSequence);
}
