using System.Collections.Concurrent;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// The sessions of this instance: one for each host has its place; those that came to it later wait beside it until it is
/// known whether the others of the host still live.
/// </summary>
internal sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<Guid, AgentSession> _sessions = new();

    /// <summary>Guards <see cref="_arrived"/> and each change of a place.</summary>
    private readonly Lock _gate = new();

    /// <summary>Sessions that have no place yet, by host, as they came.</summary>
    private readonly Dictionary<Guid, List<AgentSession>> _arrived = [];
    private volatile bool _draining;
    private int _running;
    private long _disconnections;

    /// <summary>Whether new streams are refused because the hub is stopping.</summary>
    public bool Draining => _draining;

    /// <summary>Hosts with a session.</summary>
    public int Count => _sessions.Count;

    /// <summary>Sessions that have not been wound up: the store may not yet have heard of their end.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>The sessions, enumerated without a copy, since ten thousand are looked at every second: one that begins or leaves meanwhile may be left out.</summary>
    public IEnumerable<AgentSession> All => _sessions.Select(entry => entry.Value);

    /// <summary>The session that has the place of a host, or null.</summary>
    public AgentSession? Find(Guid hostId) => _sessions.GetValueOrDefault(hostId);

    /// <summary>A verified session comes, and is given the other sessions of its host, with a place or without.</summary>
    public IReadOnlyList<AgentSession> Arrive(AgentSession session)
    {
        lock (_gate)
        {
            var others = OfHost(session.HostId);
            if (!_arrived.TryGetValue(session.HostId, out var arrived))
            {
                _arrived.Add(session.HostId, arrived = []);
            }

            arrived.Add(session);
            return others;
        }
    }

    /// <summary>Puts a session in the place of its host, from where it takes away an older one. False: one of a later challenge has it.</summary>
    public bool TryEnter(AgentSession session, out AgentSession? older)
    {
        lock (_gate)
        {
            older = Find(session.HostId);
            Forget(session);
            if (older?.Number > session.Number)
            {
                older = null;
                return false;
            }

            _sessions[session.HostId] = session;
            return true;
        }
    }

    /// <summary>Takes a session out. False: it has no place (any more).</summary>
    public bool Leave(AgentSession session)
    {
        lock (_gate)
        {
            Forget(session);
            return _sessions.TryRemove(new KeyValuePair<Guid, AgentSession>(session.HostId, session));
        }
    }

    /// <summary>Ends every session of a host, also those without a place.</summary>
    public void EndAll(Guid hostId, SessionEnd end)
    {
        List<AgentSession> all;
        lock (_gate)
        {
            all = OfHost(hostId);
        }

        all.ForEach(session => session.End(end));
    }

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

    /// <summary>Under the gate.</summary>
    private List<AgentSession> OfHost(Guid hostId)
    {
        List<AgentSession> all = [];
        if (Find(hostId) is { } placed)
        {
            all.Add(placed);
        }

        if (_arrived.TryGetValue(hostId, out var arrived))
        {
            all.AddRange(arrived);
        }

        return all;
    }

    /// <summary>Under the gate: it waits for its place no longer.</summary>
    private void Forget(AgentSession session)
    {
        if (_arrived.TryGetValue(session.HostId, out var arrived) && arrived.Remove(session) && arrived.Count == 0)
        {
            _arrived.Remove(session.HostId);
        }
    }
}
