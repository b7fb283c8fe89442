using System.Net.Sockets;
using System.Text;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// Runs one attempt: start record, script, output, end record, in this order on disk. Holds the attempt's
/// lock while it lives.
/// </summary>
internal sealed class Supervisor(AttemptFolder folder, SupervisorRequest request, AttemptMarker marker, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan EndRetry = TimeSpan.FromMilliseconds(500);
    private readonly ClaimRecord _claim = request.Claim;
    private NoticeServer? _notices;

    /// <summary>Returns when the end record is on disk.</summary>
    public void Run()
    {
        var run = new ScriptRun(_claim, marker, time) { Started = TellStarted };
        var starter = new ScriptStarter(folder, request, marker);
        if (TryStart(run, starter, out var script, out var failure))
            WriteEnd(Supervise(run, starter, script));
        else
            WriteEnd(new EndRecord { Outcome = Outcome.StartFailed, FinishedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(), Message = failure });
        _notices?.Notify(Notice.Ended);
    }

    public void Dispose() => _notices?.Dispose();

    // The socket comes first: what cannot be told to stop is not started.
    private bool TryStart(ScriptRun run, ScriptStarter starter, out StartingScript script, out string failure)
    {
        script = null!;
        failure = "";
        try
        {
            _notices = new NoticeServer(folder, command => run.Cancel(command.CancelReason, TimeSpan.FromMilliseconds(command.KillGraceMs)));
            folder.WriteStart(new StartRecord { BootId = BootId.Current, SupervisorPid = Environment.ProcessId });
            folder.ReserveStart();
            script = starter.Start();
            return true;
        }
        catch (Exception exception) when (exception is CannotStartException or IOException or SocketException or UnauthorizedAccessException)
        {
            failure = exception.Message;
            return false;
        }
    }

    private EndRecord Supervise(ScriptRun run, ScriptStarter starter, StartingScript script)
    {
        var limits = new SpoolLimits(_claim.OutputHeadBytes, _claim.OutputTailBytes);
        using var spool = new SpoolWriter(folder.Path, limits);
        List<byte[]> secrets = [.. request.Payload.Secrets.Values.Select(Encoding.UTF8.GetBytes)];
        using var pump = new OutputPump(script.Stdout, script.Stderr, secrets, spool, () => _notices?.Notify(Notice.OutputGrew), run.OutputClosed);
        var end = run.Await(script);
        pump.Stop();
        spool.Sync();
        end.StdoutBytes = spool.Produced(SpoolStream.Stdout);
        end.StderrBytes = spool.Produced(SpoolStream.Stderr);
        if (end.Outcome == Outcome.StartFailed)
            end.Message = run.Report.Describe(_claim.Interpreter, starter.WorkingDirectory, _claim.RunAs);
        return end;
    }

    private void TellStarted(StartRecord start)
    {
        try
        {
            folder.WriteStart(start);
        }
        catch (IOException)
        {
            // The record of before the start says enough: it may run.
        }

        _notices?.Notify(Notice.Started);
    }

    // Without it the attempt would count as lost: waits for room, with everything else of it over.
    private void WriteEnd(EndRecord end)
    {
        using var pause = new ManualResetEventSlim();
        while (true)
        {
            try
            {
                folder.WriteEnd(end);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody took the folder away: nobody is left to tell.
                return;
            }
            catch (IOException)
            {
                pause.Wait(EndRetry);
            }
        }
    }
}
