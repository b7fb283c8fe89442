using System.Collections.Concurrent;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>The sessions of this instance: one for each host, the newest.</summary>
internal sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<Guid, AgentSession> _sessions = new();
    private volatile bool _draining;
    private int _running;
    private long _disconnections;

    /// <summary>Whether new streams are refused because the hub is stopping.</summary>
    public bool Draining => _draining;

    /// <summary>Hosts with a session.</summary>
    public int Count => _sessions.Count;

    /// <summary>Sessions that have not been wound up: the store may not yet have heard of their end.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Each that is there when it is come to; without a copy, since ten thousand are looked at every second.</summary>
    public IEnumerable<AgentSession> All => _sessions.Select(entry => entry.Value);

    /// <summary>The session of a host, or null.</summary>
    public AgentSession? Find(Guid hostId) => _sessions.GetValueOrDefault(hostId);

    /// <summary>Puts a session in the place of its host and gives the one that stood there, or null.</summary>
    public AgentSession? Enter(AgentSession session)
    {
        while (true)
        {
            if (_sessions.TryAdd(session.HostId, session))
            {
                return null;
            }

            if (_sessions.TryGetValue(session.HostId, out var older) && _sessions.TryUpdate(session.HostId, session, older))
            {
                return older;
            }
        }
    }

    /// <summary>Takes a session out. False: a newer one stands in its place, or it was never in.</summary>
    public bool Leave(AgentSession session) => _sessions.TryRemove(new KeyValuePair<Guid, AgentSession>(session.HostId, session));

    /// <summary>Counts <see cref="Disconnect"/>: who checked a key before it grew must check it again.</summary>
    public long Disconnections => Interlocked.Read(ref _disconnections);

    /// <summary>Ends the session of a host whose key counts no more; one that is just being entered sees it by <see cref="Disconnections"/>.</summary>
    public void Disconnect(Guid hostId)
    {
        Interlocked.Increment(ref _disconnections);
        Find(hostId)?.End(SessionEnd.Disconnected);
    }

    /// <summary>A session begins.</summary>
    public void Began() => Interlocked.Increment(ref _running);

    /// <summary>A session has been wound up.</summary>
    public void Ended() => Interlocked.Decrement(ref _running);

    /// <summary>From now on new streams are refused.</summary>
    public void Drain() => _draining = true;
}
