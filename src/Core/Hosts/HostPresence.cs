using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// What changes with every heartbeat of the agents that are connected here: kept in memory, written to the store now
/// and then. Losing it loses seconds of 'last seen', nothing else.
/// </summary>
internal sealed partial class HostPresence(StoreHealth store, TimeProvider time, ILogger<HostPresence> logger)
{
    /// <summary>No journal grows by more between two words of its agent: whoever says so would make every later hello look older.</summary>
    private const long MaxSequenceStep = 1_000_000;

    private readonly ConcurrentDictionary<Guid, Presence> _hosts = new();

    /// <summary>What sessions told that ended here and whose end the store may not have yet; at most one for each host.</summary>
    private readonly ConcurrentDictionary<Guid, (long Epoch, long Sequence, bool Confirmed)> _ended = new();

    /// <summary>When this process began to listen for agents; verdicts on absent ones count from 5 s later.</summary>
    public DateTimeOffset UpSince { get; } = time.GetUtcNow();

    private long _lastHello;

    /// <summary>Since when agents can be heard and what they say be committed: this process's start, or the end of an outage of the store.</summary>
    public DateTimeOffset HearsSince => store.TroubledAt is var troubled && troubled > UpSince ? troubled : UpSince;

    /// <summary>
    /// Whether absent agents may be judged: not before the hub has heard for 5 s, nor while hellos are still coming
    /// in (one in the last 2 s), for at most 60 s.
    /// </summary>
    public bool MayJudge(DateTimeOffset now)
    {
        var up = now - HearsSince;
        return up >= TimeSpan.FromSeconds(5)
            && (up >= TimeSpan.FromSeconds(60) || now - DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _lastHello)) >= TimeSpan.FromSeconds(2));
    }

    /// <summary>From when an absence that began at <paramref name="since"/> counts.</summary>
    public DateTimeOffset CountsFrom(DateTimeOffset? since) =>
        since is { } broke && broke > HearsSince.AddSeconds(5) ? broke : HearsSince.AddSeconds(5);

    /// <summary>A session was committed, and with it the sequence of the journal that its hello told.</summary>
    /// <param name="hostId">Of which host.</param>
    /// <param name="epoch">Of the session.</param>
    /// <param name="load">As its hello told.</param>
    /// <param name="journalSequence">As its hello told.</param>
    /// <param name="heldUntil">See <see cref="HeldFor"/>; null: it is not held.</param>
    /// <param name="doubtedBefore">As <see cref="Host.DoubtedBefore"/>.</param>
    public void Opened(Guid hostId, long epoch, HostLoad load, long journalSequence, DateTimeOffset? heldUntil, DateTimeOffset? doubtedBefore)
    {
        var now = time.GetUtcNow();
        Interlocked.Exchange(ref _lastHello, now.ToUnixTimeMilliseconds());
        _hosts[hostId] = new Presence(epoch, now, load, journalSequence, journalSequence) { HeldUntil = heldUntil, DoubtedBefore = doubtedBefore };
        CloseCommitted(hostId, epoch - 1);
    }

    /// <summary>A session ended; the sequence of its journal is kept until the store has its end.</summary>
    public void Closed(Guid hostId, long epoch)
    {
        while (_hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch)
        {
            // The departure is noted before the presence is removed: a hello that is judged meanwhile sees one of the two.
            _ended[hostId] = (epoch, presence.JournalSequence, presence.Confirmed);
            if (_hosts.TryRemove(new KeyValuePair<Guid, Presence>(hostId, presence)))
            {
                return;
            }
        }
    }

    /// <summary>The store has the end of this session, or of a later one.</summary>
    public void CloseCommitted(Guid hostId, long epoch)
    {
        if (_ended.TryGetValue(hostId, out var ended) && ended.Epoch <= epoch)
        {
            _ended.TryRemove(new KeyValuePair<Guid, (long, long, bool)>(hostId, ended));
        }
    }

    /// <summary>The highest sequence of the journal that this session told, whether it lives or its end waits for the store; 0 for none.</summary>
    public long SequenceOf(Guid hostId, long epoch)
    {
        var live = _hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch ? presence.JournalSequence : 0;
        return _ended.TryGetValue(hostId, out var ended) && ended.Epoch == epoch ? Math.Max(live, ended.Sequence) : live;
    }

    /// <summary>The agent has stored the epoch of this session durably: each later hello of it tells that one or a higher one.</summary>
    public void Confirm(Guid hostId, long epoch) => Change(hostId, epoch, presence => presence with { Confirmed = true });

    /// <summary>Whether the agent of this session has told so, whether the session lives or its end waits for the store.</summary>
    public bool IsConfirmed(Guid hostId, long epoch) =>
        (_hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch && presence.Confirmed)
        || (_ended.TryGetValue(hostId, out var ended) && ended.Epoch == epoch && ended.Confirmed);

    /// <summary>
    /// How long what the session before may hold is still not sent to this one, because an agent at another place opened
    /// it: the former, should it live, comes back within that time, and it is seen that there are two.
    /// </summary>
    public TimeSpan HeldFor(Guid hostId) =>
        Find(hostId)?.HeldUntil is { } until && until - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Whether this is the session that speaks for the host.</summary>
    public bool IsCurrent(Guid hostId, long epoch) => _hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch;

    public void Heartbeat(Guid hostId, long epoch, HostLoad load, long journalSequence)
    {
        Change(hostId, epoch, presence => presence with { LastSeen = time.GetUtcNow(), Load = load });
        Sequence(hostId, epoch, journalSequence);
    }

    /// <summary>Notes the highest sequence that a session told of its journal; one that no journal can have reached is ignored.</summary>
    public void Sequence(Guid hostId, long epoch, long sequence)
    {
        if (!_hosts.TryGetValue(hostId, out var presence) || presence.Epoch != epoch || presence.JournalSequence >= sequence)
        {
            return;
        }

        if (sequence - presence.JournalSequence <= MaxSequenceStep)
        {
            Change(hostId, epoch, current => current with { JournalSequence = Math.Max(current.JournalSequence, sequence) });
        }
        else if (!presence.Doubted)
        {
            Change(hostId, epoch, current => current with { Doubted = true });
            LogDoubted(logger, hostId, sequence, presence.JournalSequence);
        }
    }

    /// <summary>The store has this sequence.</summary>
    public void SequenceStored(Guid hostId, long epoch, long sequence) =>
        Change(hostId, epoch, presence => presence with { StoredSequence = Math.Max(presence.StoredSequence, sequence) });

    public Presence? Find(Guid hostId) => _hosts.GetValueOrDefault(hostId);

    public IReadOnlyCollection<KeyValuePair<Guid, Presence>> All() => [.. _hosts];

    private void Change(Guid hostId, long epoch, Func<Presence, Presence> change)
    {
        while (_hosts.TryGetValue(hostId, out var presence) && presence.Epoch == epoch && !_hosts.TryUpdate(hostId, change(presence), presence))
        {
            // Another thread changed the entry in between: it is read again.
        }
    }

    /// <summary>One connected agent.</summary>
    /// <param name="Epoch">Of its session.</param>
    /// <param name="LastSeen">When it last said anything of itself.</param>
    /// <param name="Load">As of then.</param>
    /// <param name="JournalSequence">The highest that it told.</param>
    /// <param name="StoredSequence">What of it is known to be in the store.</param>
    /// <param name="Doubted">Whether a sequence of it was ignored, and that was told.</param>
    public sealed record Presence(long Epoch, DateTimeOffset LastSeen, HostLoad Load, long JournalSequence, long StoredSequence, bool Doubted = false)
    {
        /// <summary>Whether the agent has stored the epoch.</summary>
        public bool Confirmed { get; init; }

        /// <summary>The epoch when the agent has stored it, else 0.</summary>
        public long ConfirmedEpoch => Confirmed ? Epoch : 0;

        /// <summary>See <see cref="HostPresence.HeldFor"/>.</summary>
        public DateTimeOffset? HeldUntil { get; init; }

        /// <summary>As <see cref="Host.DoubtedBefore"/>.</summary>
        public DateTimeOffset? DoubtedBefore { get; init; }
    }

    [LoggerMessage(LogLevel.Warning, "Host {HostId} says that its journal is at sequence {Sequence}, and {Known} was the last: ignored in this session")]
    private static partial void LogDoubted(ILogger logger, Guid hostId, long sequence, long known);
}
