using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Spool;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// Tells the hub of one attempt in one session: that it started, its output from where the hub asked, its
/// end after all output. What it reads is on disk, so that nothing depends on having seen it happen.
/// </summary>
internal sealed class AttemptUplink : IDisposable
{
    private readonly TrackedAttempt _attempt;
    private readonly Outbox _outbox;
    private readonly TimeProvider _time;
    private readonly SpoolReader _spool;
    private readonly SendWindow _window;
    private readonly OutputPolicy _policy;
    private readonly AcknowledgedPosition _position;
    private readonly Lock _gate = new();
    private readonly Queue<Action> _asked = new();
    private bool _startedTold;
    private bool _endTold;

    public AttemptUplink(TrackedAttempt attempt, Outbox outbox, long stdoutOffset, long stderrOffset, TimeProvider time)
    {
        _attempt = attempt;
        _outbox = outbox;
        _time = time;
        _spool = new SpoolReader(attempt.Folder.Path, attempt.Limits);
        _spool.Seek(SpoolStream.Stdout, stdoutOffset);
        _spool.Seek(SpoolStream.Stderr, stderrOffset);
        _window = new SendWindow(attempt.Claim.OutputWindowBytes);
        _position = new AcknowledgedPosition(attempt, time);
        _policy = new OutputPolicy(attempt, new LiveAllowance(attempt.Claim.OutputLiveBytesPerSecond, time));
    }

    /// <summary>The hub has output up to here.</summary>
    public void Acknowledge(SpoolStream stream, long offset) => Ask(() =>
    {
        _window.Acknowledged(stream, offset);
        _position.Moved(stream, offset);
    });

    /// <summary>The hub misses output from here on.</summary>
    public void Resend(SpoolStream stream, long offset) => Ask(() =>
    {
        _window.Reset(stream);
        _spool.Seek(stream, offset);
        _endTold = false;
    });

    /// <summary>The hub asked again for what it was told: tell it once more.</summary>
    public void Repeat() => Ask(() => _startedTold = _endTold = false);

    /// <summary>Runs until the session ends, or the hub lets the attempt go.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TellAsync(cancellationToken);
        }
        finally
        {
            if (!_attempt.IsForgotten)
                _position.Keep();
        }
    }

    public void Dispose() => _spool.Dispose();

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        while (!_attempt.IsForgotten)
        {
            TakeWhatWasAsked();
            _position.KeepNowAndThen();
            // Looked at first: when it has ended, all its output is on disk.
            var end = _attempt.End;
            await TellStartAsync(cancellationToken);
            var pause = await SendOutputAsync(end, cancellationToken);
            if (end is not null && !_endTold && IsAllTold(end))
            {
                await _outbox.SendAsync(new AgentMessage { Finished = _attempt.ToFinished(end) }, cancellationToken);
                _endTold = true;
            }

            if (pause is { } most)
                await _attempt.Changed.WaitAsync(most, _time, cancellationToken);
            else
                await _attempt.Changed.WaitAsync(cancellationToken);
        }
    }

    private void Ask(Action action)
    {
        lock (_gate)
            _asked.Enqueue(action);
        _attempt.Changed.Set();
    }

    private void TakeWhatWasAsked()
    {
        lock (_gate)
        {
            while (_asked.TryDequeue(out var action))
                action();
        }
    }

    private async Task TellStartAsync(CancellationToken cancellationToken)
    {
        if (_startedTold || _attempt.Start is not { } start)
            return;
        _startedTold = true;
        await _outbox.SendAsync(new AgentMessage { Started = _attempt.ToStarted(start) }, cancellationToken);
    }

    // Sends what may go now; returns how long to wait when more is there but may not go yet by the rate.
    private async Task<TimeSpan?> SendOutputAsync(CountedEnd? end, CancellationToken cancellationToken)
    {
        while (_window.Room > 0 && !_attempt.IsForgotten)
        {
            var step = _policy.Next(_spool, end?.Record, _window.Room);
            if (step.Pause is { } pause)
                return pause;
            if (step.Message is null)
                return null;
            if (step.Message.Output is { } frame)
                _window.Sent(step.Stream, frame.Offset + frame.Data.Length, frame.Data.Length);
            await _outbox.SendAsync(step.Message, cancellationToken);
            TakeWhatWasAsked();
        }

        return null;
    }

    private bool IsAllTold(CountedEnd end) =>
        _spool.Stdout.Offset >= end.Record.StdoutBytes && _spool.Stderr.Offset >= end.Record.StderrBytes;
}
