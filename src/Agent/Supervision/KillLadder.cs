using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>Ends a tree of processes: TERM to each, later KILL to each, again until none is left. Counts what it did.</summary>
internal sealed class KillLadder(ProcessTree tree, TimeProvider time)
{
    private const int ContinueSignal = 18;
    private const int TermSignal = 15;
    private const int KillSignal = 9;
    private readonly HashSet<(int Pid, ulong StartTime)> _signaled = [];

    /// <summary>Agent's clock, Unix milliseconds; 0: not sent.</summary>
    public long TermSentAtMs { get; private set; }

    /// <summary>Agent's clock, Unix milliseconds; 0: not sent.</summary>
    public long KillSentAtMs { get; private set; }

    /// <summary>Processes that were sent TERM or KILL.</summary>
    public int Killed => _signaled.Count;

    /// <summary>Those of them that had left the session of the script.</summary>
    public int Escaped { get; private set; }

    /// <summary>Also wakes what is stopped: it could not act on TERM.</summary>
    /// <param name="session">The script's own session, to count those that left it; 0 when not known.</param>
    /// <returns>False when nobody was there.</returns>
    public bool Term(int session)
    {
        var entries = tree.Scan();
        if (entries.Count > 0)
            TermSentAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var entry in entries)
        {
            Signal(entry, TermSignal, session);
            _ = Libc.Kill(entry.Pid, ContinueSignal);
        }

        return entries.Count > 0;
    }

    /// <summary>Whether anything of the tree is there.</summary>
    public bool AnyLeft() => tree.Scan().Count > 0;

    /// <summary>KILL to whoever is there now; called again until the tree is empty.</summary>
    public void Kill(int session)
    {
        var entries = tree.Scan();
        if (entries.Count > 0 && KillSentAtMs == 0)
            KillSentAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var entry in entries)
            Signal(entry, KillSignal, session);
    }

    private void Signal(ProcessEntry entry, int signal, int session)
    {
        if (Libc.Kill(entry.Pid, signal) != 0 || !_signaled.Add((entry.Pid, entry.StartTime)))
            return;
        if (session != 0 && entry.Session != session)
            Escaped++;
    }
}
