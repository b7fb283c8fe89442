using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Contract;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// Runs one attempt: start record, script, output, end record, in this order on disk. Then stays for what the script left
/// running in the background, which is no part of the attempt any more.
/// </summary>
internal sealed class Supervisor : IDisposable
{
    private static readonly TimeSpan EndRetry = TimeSpan.FromMilliseconds(500);
    private readonly AttemptFolder _folder;
    private readonly SupervisorRequest _request;
    private readonly AttemptId _id;
    private readonly TimeProvider _time;
    private readonly SupervisorEvents _events = new();
    private readonly StartRecord _start = new() { BootId = BootId.Current, SupervisorPid = Environment.ProcessId };
    private FileLock _held;
    private SafeFileHandle? _link;
    private SupervisorSocket? _socket;
    private ScriptRun? _run;
    private StartingScript? _script;
    private OutputPump? _pump;

    /// <param name="folder">Of the attempt.</param>
    /// <param name="held">Its lock, which is this one's from now on.</param>
    /// <param name="request">What to run.</param>
    /// <param name="id">The attempt.</param>
    /// <param name="link">The connection to the agent that started this process; null: there is none.</param>
    /// <param name="time">The host's clocks.</param>
    public Supervisor(AttemptFolder folder, FileLock held, SupervisorRequest request, AttemptId id, SafeFileHandle? link, TimeProvider time)
    {
        (_folder, _held, _request, _id, _link, _time) = (folder, held, request, id, link, time);
    }

    /// <summary>Returns when the end record is on disk, and nothing of the attempt runs any more.</summary>
    public void Run()
    {
        if (!TryStart(out var failure))
        {
            Finish(new EndRecord { Outcome = Outcome.StartFailed, FinishedAtMs = _time.GetUtcNow().ToUnixTimeMilliseconds(), Details = { failure } });
            return;
        }

        var end = Supervise();
        using var leftover = end.Background > 0 ? BeginLeftover(end) : null;
        Finish(end);
        leftover?.Linger();
        _script!.Cgroup?.Remove();
    }

    public void Dispose()
    {
        _pump?.Dispose();
        _socket?.Dispose();
        _events.Dispose();
        _held.Dispose();
    }

    // The socket comes first: what cannot be told to stop is not started.
    private bool TryStart([NotNullWhen(false)] out Detail? failure)
    {
        failure = null;
        try
        {
            var socket = OpenSocket();
            _run = new ScriptRun(_request.Claim, _events, socket, _time) { Started = TellStarted };
            socket.Commanded = command => _run.Cancel(command.CancelReason, TimeSpan.FromMilliseconds(command.KillGraceMs));
            _folder.WriteStart(_start);
            _folder.ReserveStart();
            _script = new ScriptStarter(_folder, _request, _id).Start();
            return true;
        }
        catch (CannotStartException exception)
        {
            failure = exception.Detail;
            return false;
        }
        catch (IOException exception)
        {
            failure = AttemptDetail.Of(AttemptDetailCode.HostFailed, exception);
            return false;
        }
    }

    private SupervisorSocket OpenSocket()
    {
        _socket = new SupervisorSocket(_folder.SocketPath, _link);
        _link = null;
        return _socket;
    }

    private EndRecord Supervise()
    {
        var limits = new SpoolLimits(_request.Claim.OutputHeadBytes, _request.Claim.OutputTailBytes);
        using var spool = new SpoolWriter(_folder.Path, limits);
        List<byte[]> secrets = [.. _request.Payload.Secrets.Values.Select(Encoding.UTF8.GetBytes)];
        _pump = new OutputPump(_script!.Stdout, _script.Stderr, secrets, spool, () => _socket!.Notify(Notice.OutputGrew), _run!.OutputClosed);
        var end = _run.Await(_script);
        _pump.Stop();
        spool.Sync();
        end.StdoutBytes = spool.Produced(SpoolStream.Stdout);
        end.StderrBytes = spool.Produced(SpoolStream.Stderr);
        if (end.Outcome == Outcome.StartFailed)
            end.Details.Add(new ScriptStarter(_folder, _request, _id).Explain(_run.Report));
        return end;
    }

    private void TellStarted(StartRecord start)
    {
        try
        {
            _folder.WriteRunning(start);
        }
        catch (IOException)
        {
            // The record of before the start says enough: it may run.
        }

        _socket!.Notify(Notice.Started);
    }

    // Before the end is told: whoever sees the end finds what lingers.
    private Leftover? BeginLeftover(EndRecord end)
    {
        end.Details.Add(AttemptDetail.Of(AttemptDetailCode.Background, ("count", AttemptDetail.Number(end.Background))));
        try
        {
            if (Leftover.TryBegin(_folder.Leftover, end.Background, _script!, _run!, _events, _time) is { } begun)
                return begun;
            end.Details.Add(AttemptDetail.Of(AttemptDetailCode.BackgroundTooMany, ("limit", AttemptDetail.Number(LeftoverFolder.Most))));
        }
        catch (IOException failure)
        {
            end.Details.Add(AttemptDetail.Of(AttemptDetailCode.BackgroundNotKept, failure));
        }

        return null;
    }

    // Whatever happens to the disk or the folder, the end is told: it waits for room, makes the folder anew, or tells it itself.
    private void Finish(EndRecord end)
    {
        while (!TryWriteEnd(end))
        {
            _socket?.Tell(end);
            if (_socket is { } socket)
                _events.Wait(socket, null, null, EndRetry);
            else
                TryOpenSocket();
        }

        _socket?.Notify(Notice.Ended);
        _socket?.Dispose();
        _socket = null;
        _held.Dispose();
    }

    private bool TryWriteEnd(EndRecord end)
    {
        try
        {
            _folder.WriteEnd(end);
            return true;
        }
        catch (IOException failure) when (failure.HResult == Libc.ErrnoNotFound)
        {
            return !_folder.IsWanted || (TryRemake() && TryWriteEnd(end));
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool TryRemake()
    {
        try
        {
            if (_folder.Remake(_request.Claim, _start) is not { } held)
                return false;
            _held.Dispose();
            _held = held;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void TryOpenSocket()
    {
        using var pause = new ManualResetEventSlim();
        pause.Wait(EndRetry);
        try
        {
            OpenSocket();
        }
        catch (IOException)
        {
            // Tried again with the end.
        }
    }
}
