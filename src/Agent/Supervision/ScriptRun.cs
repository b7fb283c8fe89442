using System.Diagnostics;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The life of one script from its start to its end record, as one loop over what happens to it. Everything
/// else (reaper, output, commands) only posts here.
/// </summary>
internal sealed class ScriptRun(ClaimRecord claim, AttemptMarker marker, TimeProvider time)
{
    // How long the pipes are read on when somebody holds them after the end.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillInterval = TimeSpan.FromMilliseconds(50);

    private readonly EventQueue _happened = new();
    private readonly ProcessTree _tree = new(Environment.ProcessId, marker);
    private readonly Stopwatch _sinceStart = new();
    private KillLadder? _ladder;
    private Outcome _killedFor;
    private TimeSpan _killAt = TimeSpan.MaxValue;
    private TimeSpan _drainUntil = TimeSpan.MaxValue;
    private ExecReport? _report;
    private ChildEnd? _end;
    private TimeSpan _started;
    private TimeSpan _ended;
    private long _finishedAtMs;
    private bool _treeEmpty;
    private bool _outputClosed;
    private long _startedAtMs;
    private int _pid;

    /// <summary>Called when the script runs.</summary>
    public required Action<StartRecord> Started { get; init; }

    /// <summary>A cancel came; may be called from any thread, also before the script was started.</summary>
    public void Cancel(CancelReason reason, TimeSpan grace)
    {
        var outcome = reason == CancelReason.TaskTimeout ? Outcome.TaskTimedOut : Outcome.Canceled;
        _happened.Post(() => Terminate(outcome, grace));
    }

    /// <summary>Both streams have ended; may be called from any thread.</summary>
    public void OutputClosed() => _happened.Post(() => _outputClosed = true);

    /// <summary>Returns when the script has ended and, if it was killed, its whole tree. Output totals are not filled in.</summary>
    /// <param name="script">As started just now.</param>
    public EndRecord Await(StartingScript script)
    {
        _pid = script.Pid;
        _sinceStart.Start();
        ChildReaper.Start(_pid, ScriptEnded, () => _happened.Post(TreeEmptied));
        new Thread(() =>
        {
            var report = ExecReport.Read(script.Report);
            var (at, atMs) = (Now, NowMs);
            _happened.Post(() => Reported(report, at, atMs));
        })
        { IsBackground = true, Name = "report" }.Start();

        while (!IsOver)
        {
            if (_happened.TryTake(out var happened, TimeToNextDeadline()))
                happened();
            LookAtClock();
        }

        return MakeEnd();
    }

    private TimeSpan Now => _sinceStart.Elapsed;

    // From when the script runs; until that is told, from when its process was made.
    private TimeSpan TimeoutAt => _started + TimeSpan.FromMilliseconds(claim.TimeoutMs);

    private bool IsOver =>
        _end is not null
        && _report is not null
        && (_ladder is null || _treeEmpty)
        && (_outputClosed || Now >= _drainUntil);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Reported(ExecReport report, TimeSpan at, long atMs)
    {
        _report = report;
        if (!report.HasStarted)
            return;
        _started = at;
        _startedAtMs = atMs;
        Started(new StartRecord
        {
            BootId = BootId.Current,
            SupervisorPid = Environment.ProcessId,
            Pid = _pid,
            StartedAtMs = _startedAtMs,
            StartedMonotonicMs = MonotonicClock.Milliseconds(time),
        });
    }

    // From the reaper's thread: the time is that of the end, not of when this loop comes to it.
    private void ScriptEnded(ChildEnd end)
    {
        var (at, atMs) = (Now, NowMs);
        _happened.Post(() =>
        {
            _end = end;
            _ended = at;
            _finishedAtMs = atMs;
            _drainUntil = Now + DrainLimit;
        });
    }

    private void TreeEmptied()
    {
        _treeEmpty = true;
        if (_ladder is not null)
            _finishedAtMs = NowMs;
        _drainUntil = Now + DrainLimit;
    }

    private void LookAtClock()
    {
        if (_end is null && Now >= TimeoutAt)
            Terminate(Outcome.TimedOut, TimeSpan.FromMilliseconds(claim.KillGraceMs));
        if (_ladder is null || _treeEmpty || Now < _killAt)
            return;
        _ladder.Kill(_pid);
        _killAt = Now + KillInterval;
    }

    // What has ended by itself, reaped or not, has its real end.
    private void Terminate(Outcome why, TimeSpan grace)
    {
        if (_ladder is not null || _end is not null || ProcessEntry.TryRead(_pid) is null or { IsZombie: true })
            return;
        _killedFor = why;
        _ladder = new KillLadder(_tree, time);
        _ladder.Term(_pid);
        _killAt = Now + grace;
    }

    private TimeSpan TimeToNextDeadline()
    {
        var next = _ladder is not null && !_treeEmpty ? _killAt
            : _end is not null ? _drainUntil
            : TimeoutAt;
        var left = next - Now;
        // A day at most: longer ones do not fit the wait, and the loop comes by again.
        return left <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : left;
    }

    private EndRecord MakeEnd()
    {
        var background = _ladder is null ? _tree.CountDescendants() : 0;
        return new EndRecord
        {
            Outcome = _ladder is not null ? _killedFor
                : !_report!.Value.HasStarted ? Outcome.StartFailed
                : _end!.Value.Signal != 0 ? Outcome.Signaled
                : Outcome.Exited,
            ExitCode = _startedAtMs == 0 ? 0 : _end!.Value.ExitCode,
            Signal = _end!.Value.Signal,
            StartedAtMs = Math.Min(_startedAtMs, _finishedAtMs),
            FinishedAtMs = _finishedAtMs,
            DurationMs = _startedAtMs == 0 || _ended < _started ? 0 : (long)(_ended - _started).TotalMilliseconds,
            Background = background,
            Message = background > 0 ? $"{background} processes were left running in the background" : "",
            TermSentAtMs = _ladder?.TermSentAtMs ?? 0,
            KillSentAtMs = _ladder?.KillSentAtMs ?? 0,
            Killed = _ladder?.Killed ?? 0,
            Escaped = _ladder?.Escaped ?? 0,
        };
    }

    /// <summary>What the exec role told, once <see cref="Await"/> has returned.</summary>
    public ExecReport Report => _report ?? default;
}
