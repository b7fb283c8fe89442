using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// What a script left running in the background, from the script's end to the end of the last of its processes: their pipes are
/// drained, so that nobody dies of writing to them, what comes is counted and dropped, and a person may end them.
/// </summary>
internal sealed unsafe class Leftover : IDisposable
{
    private const int ReadBytes = 64 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan KillInterval = TimeSpan.FromMilliseconds(50);
    private readonly LeftoverFolder _folder;
    private readonly FileLock _held;
    private readonly LeftoverRecord _record;
    private readonly ScriptRun _run;
    private readonly StartingScript _script;
    private readonly SupervisorEvents _events;
    private readonly TimeProvider _time;
    private readonly SupervisorSocket _socket;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(ReadBytes);
    private SafeFileHandle? _stdout;
    private SafeFileHandle? _stderr;
    private KillLadder? _ladder;
    private TimeSpan _grace;
    private long _termAt;

    private Leftover(LeftoverFolder folder, FileLock held, LeftoverRecord record, StartingScript script, ScriptRun run, SupervisorEvents events, TimeProvider time)
    {
        (_folder, _held, _record, _script, _run, _events, _time) = (folder, held, record, script, run, events, time);
        (_stdout, _stderr) = (script.Stdout, script.Stderr);
        _socket = new SupervisorSocket(folder.SocketPath, null) { Commanded = End };
    }

    /// <summary>Makes the place where they are found; null when as many linger on this host as may.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static Leftover? TryBegin(LeftoverFolder folder, int processes, StartingScript script, ScriptRun run, SupervisorEvents events, TimeProvider time)
    {
        var record = new LeftoverRecord { BootId = BootId.Current, Processes = processes, Cgroup = script.Cgroup?.Path ?? "" };
        return folder.TryBegin(record) is { } held ? new Leftover(folder, held, record, script, run, events, time) : null;
    }

    /// <summary>Returns when the last of them has ended.</summary>
    public void Linger()
    {
        // The word of a child's end may have come while the end of the attempt was written.
        _run.Reap();
        while (!_run.TreeIsEmpty)
        {
            var (stdout, stderr) = _events.Wait(_socket, _stdout, _stderr, TimeToKill());
            _run.Reap();
            if (stdout)
                Drain(ref _stdout);
            if (stderr)
                Drain(ref _stderr);
            if (_ladder is not null && !_run.TreeIsEmpty && Stopwatch.GetElapsedTime(_termAt) >= _grace)
                _ladder.Kill(session: 0);
        }

        _record.EndedAtMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _record.Killed = _ladder?.Killed ?? 0;
        try
        {
            _folder.WriteEnd(_record);
        }
        catch (IOException)
        {
            // The free lock says that it is over.
        }

        _socket.Notify(Notice.Ended);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _held.Dispose();
        NativeMemory.Free(_buffer);
    }

    private void End(SupervisorCommand command)
    {
        if (_ladder is not null)
            return;
        _ladder = new KillLadder(_run.Tree.Scan, _script.Cgroup, _time);
        _ladder.Term(session: 0);
        _termAt = Stopwatch.GetTimestamp();
        _grace = TimeSpan.FromMilliseconds(command.KillGraceMs);
    }

    private TimeSpan TimeToKill()
    {
        if (_ladder is null)
            return Longest;
        var left = _grace - Stopwatch.GetElapsedTime(_termAt);
        return left > KillInterval ? left : KillInterval;
    }

    private void Drain(ref SafeFileHandle? pipe)
    {
        var count = Libc.Read((int)pipe!.DangerousGetHandle(), _buffer, ReadBytes);
        if (count > 0)
            _record.DroppedBytes += count;
        else if (count == 0 || Marshal.GetLastPInvokeError() is not (Libc.ErrnoInterrupted or Libc.ErrnoAgain))
            pipe = null;
    }
}
