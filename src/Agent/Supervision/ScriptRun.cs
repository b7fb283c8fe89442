using System.Diagnostics;
using System.Runtime.InteropServices;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Supervision;

/// <summary>The life of one script from its start to its end record, as one loop over what happens to it, on one thread.</summary>
internal sealed class ScriptRun(ClaimRecord claim, SupervisorEvents events, SupervisorSocket socket, TimeProvider time)
{
    // How long the pipes are read on when somebody holds them after the end.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillInterval = TimeSpan.FromMilliseconds(50);

    private readonly Stopwatch _sinceStart = new();
    private readonly ProcessTree _tree = new(Environment.ProcessId);
    private KillLadder? _ladder;
    private Outcome _killedFor;
    private (Outcome Why, TimeSpan Grace)? _asked;
    private TimeSpan _killAt = TimeSpan.MaxValue;
    private TimeSpan _drainUntil = TimeSpan.MaxValue;
    private ExecReport? _report;
    private bool _ready;
    private ChildEnd? _end;
    private TimeSpan _started;
    private TimeSpan _ended;
    private long _finishedAtMs;
    private volatile bool _outputClosed;
    private long _startedAtMs;
    private StartingScript _script = null!;

    /// <summary>Called when the script runs.</summary>
    public required Action<StartRecord> Started { get; init; }

    /// <summary>Whether no process of the attempt is left.</summary>
    public bool TreeIsEmpty { get; private set; }

    /// <summary>The processes of the attempt.</summary>
    public ProcessTree Tree => _tree;

    /// <summary>What the exec role told, once <see cref="Await"/> has returned.</summary>
    public ExecReport Report => _report ?? default;

    /// <summary>A cancel came; it may come before the script was started.</summary>
    public void Cancel(CancelReason reason, TimeSpan grace) =>
        _asked ??= (reason == CancelReason.TaskTimeout ? Outcome.TaskTimedOut : Outcome.Canceled, grace);

    /// <summary>Both streams have ended; called from another thread.</summary>
    public void OutputClosed()
    {
        _outputClosed = true;
        events.Wake();
    }

    /// <summary>Returns when the script has ended and, if it was killed, its whole tree. Output totals are not filled in.</summary>
    /// <param name="script">As started just now.</param>
    public EndRecord Await(StartingScript script)
    {
        _script = script;
        _tree.Cgroup = script.Cgroup;
        _sinceStart.Start();
        while (!IsOver)
        {
            var (reportCame, _) = events.Wait(socket, _report is null ? script.Report : null, null, TimeToNextDeadline());
            if (events.ChildrenChanged)
                Reap();
            if (reportCame && ExecReport.Read(script.Report, ref _ready) is { } report)
                Reported(report);
            if (_asked is var (why, grace))
                Terminate(why, grace);
            LookAtClock();
        }

        return MakeEnd();
    }

    /// <summary>Reaps everything that has ended, also what was adopted. No child left means that the whole tree is gone: a descendant's chain of parents leads here.</summary>
    public unsafe void Reap()
    {
        while (!TreeIsEmpty)
        {
            int status;
            var pid = Libc.WaitPid(-1, &status, Libc.NoHang);
            if (pid == 0)
                return;
            if (pid == _script.Pid)
                ScriptEnded(ChildEnd.FromStatus(status));
            else if (pid < 0 && Marshal.GetLastPInvokeError() == Libc.ErrnoNoChild)
                TreeEmptied();
        }
    }

    private TimeSpan Now => _sinceStart.Elapsed;

    // From when the script runs; until that is told, from when its process was made.
    private TimeSpan TimeoutAt => _started + TimeSpan.FromMilliseconds(claim.TimeoutMs);

    private bool IsOver =>
        _end is not null
        && _report is not null
        && (_ladder is null || TreeIsEmpty)
        && (_outputClosed || Now >= _drainUntil);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Reported(ExecReport report)
    {
        _report = report;
        if (!report.HasStarted)
            return;
        _started = Now;
        _startedAtMs = NowMs;
        Started(new StartRecord
        {
            BootId = BootId.Current,
            SupervisorPid = Environment.ProcessId,
            Pid = _script.Pid,
            StartedAtMs = _startedAtMs,
            StartedMonotonicMs = MonotonicClock.Milliseconds(time),
            Uid = _script.Uid,
            StartTicks = ProcessEntry.TryRead(_script.Pid)?.StartTime ?? 0,
            Cgroup = _script.Cgroup?.Path ?? "",
        });
    }

    private void ScriptEnded(ChildEnd end)
    {
        _end = end;
        _ended = Now;
        _finishedAtMs = NowMs;
        _drainUntil = Now + DrainLimit;
    }

    private void TreeEmptied()
    {
        TreeIsEmpty = true;
        if (_ladder is not null)
            _finishedAtMs = NowMs;
        _drainUntil = Now + DrainLimit;
    }

    private void LookAtClock()
    {
        if (_end is null && Now >= TimeoutAt)
            Terminate(Outcome.TimedOut, TimeSpan.FromMilliseconds(claim.KillGraceMs));
        if (_ladder is null || TreeIsEmpty || Now < _killAt)
            return;
        _ladder.Kill(_script.Pid);
        _killAt = Now + KillInterval;
    }

    // What has ended by itself, reaped or not, has its real end.
    private void Terminate(Outcome why, TimeSpan grace)
    {
        if (_ladder is not null || _end is not null || ProcessEntry.TryRead(_script.Pid) is null or { IsZombie: true })
            return;
        _killedFor = why;
        _ladder = new KillLadder(_tree.Scan, _script.Cgroup, time);
        _ladder.Term(_script.Pid);
        _killAt = Now + grace;
    }

    private TimeSpan TimeToNextDeadline()
    {
        var next = _ladder is not null && !TreeIsEmpty ? _killAt
            : _end is not null ? _drainUntil
            : TimeoutAt;
        var left = next - Now;
        // A day at most: longer ones do not fit the wait, and the loop comes by again.
        return left <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : left;
    }

    private EndRecord MakeEnd() => new()
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
        Background = TreeIsEmpty ? 0 : _tree.Scan().Count,
        TermSentAtMs = _ladder?.TermSentAtMs ?? 0,
        KillSentAtMs = _ladder?.KillSentAtMs ?? 0,
        Killed = _ladder?.Killed ?? 0,
        Escaped = _ladder?.Escaped ?? 0,
    };
}
