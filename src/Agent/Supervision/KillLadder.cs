namespace TaskConsole.Agent.Supervision;

/// <summary>Ends the processes of an attempt: TERM to each, later KILL to each, again until none is left. Counts what it did.</summary>
/// <param name="scan">Finds the processes that have not ended.</param>
/// <param name="cgroup">The cgroup that holds them; null: none.</param>
/// <param name="time">The host's date.</param>
internal sealed class KillLadder(Func<List<ProcessEntry>> scan, AttemptCgroup? cgroup, TimeProvider time)
{
    private const int ContinueSignal = 18;
    private const int TermSignal = 15;
    private const int KillSignal = 9;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly HashSet<(int Pid, ulong StartTime)> _signaled = [];

    /// <summary>Agent's clock, Unix milliseconds; 0: not sent.</summary>
    public long TermSentAtMs { get; private set; }

    /// <summary>Agent's clock, Unix milliseconds; 0: not sent.</summary>
    public long KillSentAtMs { get; private set; }

    /// <summary>Processes that were sent TERM or KILL.</summary>
    public int Killed => _signaled.Count;

    /// <summary>How many of these processes had left the session of the script.</summary>
    public int Escaped { get; private set; }

    /// <summary>Also wakes what is stopped: it could not act on TERM.</summary>
    /// <param name="session">The script's own session, to count those that left it; 0 when not known.</param>
    /// <returns>False when nobody was there.</returns>
    public bool Term(int session)
    {
        var entries = scan();
        if (entries.Count > 0)
            TermSentAtMs = NowMs;
        foreach (var entry in entries)
        {
            Signal(entry, TermSignal, session);
            _ = entry.TrySignal(ContinueSignal);
        }

        return entries.Count > 0;
    }

    /// <summary>Goes through all of it; returns when no process is left.</summary>
    /// <param name="session">As in <see cref="Term"/>.</param>
    /// <param name="grace">From TERM to the first KILL.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task RunAsync(int session, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (!Term(session))
            return;
        var since = time.GetTimestamp();
        while (scan().Count > 0)
        {
            if (time.GetElapsedTime(since) >= grace)
                Kill(session);
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>KILL to whoever is there now; called again until nobody is.</summary>
    public void Kill(int session)
    {
        var entries = scan();
        if (entries.Count > 0 && KillSentAtMs == 0)
            KillSentAtMs = NowMs;
        foreach (var entry in entries)
            Signal(entry, KillSignal, session);
        _ = cgroup?.TryKill();
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Signal(ProcessEntry entry, int signal, int session)
    {
        if (!entry.TrySignal(signal) || !_signaled.Add((entry.Pid, entry.StartTime)))
            return;
        if (session != 0 && entry.Session != session)
            Escaped++;
    }
}
