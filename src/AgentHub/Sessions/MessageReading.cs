using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// Reads what an agent says about attempts into events of the pipeline, times corrected. Null: it breaks the contract, or
/// a number in it cannot be true; <see cref="Wrong"/> names the field. Used by the reading side of one session alone.
/// </summary>
internal sealed class MessageReading(Guid hostId, long sessionEpoch, AgentClock clock, IAttemptEventOrigin origin, TimeProvider time)
{
    /// <summary>The field for which the last message that was read as null was none; empty when none was.</summary>
    public string Wrong { get; private set; } = "";

    public AttemptEvent? Read(Wire.Started started) =>
        Holds(Ids.TryRead(started.Key, out var key), "key")
        && Holds(Plausible.IsSequence(started.JournalSequence), "journal_sequence")
        && Holds(Plausible.IsMoment(started.ClaimedAtMs), "claimed_at_ms")
        && Holds(Plausible.IsMoment(started.StartedAtMs), "started_at_ms")
            ? new AttemptStarted(key, hostId, sessionEpoch, origin)
            {
                JournalSequence = (long)started.JournalSequence,
                ClaimedAt = clock.ToHub(started.ClaimedAtMs),
                StartedAt = clock.ToHub(started.StartedAtMs),
            }
            : null;

    public AttemptEvent? Read(Wire.OutputFrame frame) =>
        Holds(frame.Data.Length is > 0 and <= OutputFrame.MaxBytes, "data")
        && Holds(Plausible.IsBytes(frame.Offset), "offset")
            ? ReadOutput(frame.Key, frame.Stream, frame.Offset, frame.Data.Length, frame.Order, frame.Data.Memory)
            : null;

    public AttemptEvent? Read(Wire.OutputOmitted omitted) =>
        Holds(Plausible.IsBytes(omitted.From), "from")
        && Holds(Plausible.IsBytes(omitted.To) && omitted.To > omitted.From, "to")
            ? ReadOutput(omitted.Key, omitted.Stream, omitted.From, omitted.To - omitted.From, omitted.Order, content: null)
            : null;

    public AttemptEvent? Read(Wire.Refused refused)
    {
        if (!Holds(Ids.TryRead(refused.Key, out var key), "key") || !Holds(Plausible.IsSequence(refused.JournalSequence), "journal_sequence"))
        {
            return null;
        }

        return new AttemptFinished(key, hostId, sessionEpoch, origin)
        {
            Outcome = AttemptOutcome.Refused,
            JournalSequence = (long)refused.JournalSequence,
            FinishedAt = time.GetUtcNow(),
            Details = DetailReading.Read(refused.Details),
        };
    }

    public AttemptEvent? Read(Wire.Finished finished)
    {
        if (!Holds(Ids.TryRead(finished.Key, out var key), "key") || !HoldsFor(finished) || Outcome(finished.Outcome) is not { } outcome)
        {
            return null;
        }

        var started = finished.StartedAtMs != 0;
        var exited = outcome is AttemptOutcome.Exited
            || (started && finished.Signal == 0 && outcome is AttemptOutcome.TimedOut or AttemptOutcome.TaskTimedOut or AttemptOutcome.Canceled);
        return new AttemptFinished(key, hostId, sessionEpoch, origin)
        {
            Outcome = outcome,
            ExitCode = exited ? finished.ExitCode : null,
            Signal = finished.Signal == 0 ? null : finished.Signal,
            JournalSequence = (long)finished.JournalSequence,
            ClaimedAt = Moment(finished.ClaimedAtMs),
            StartedAt = Moment(finished.StartedAtMs),
            FinishedAt = clock.ToHub(finished.FinishedAtMs),
            DurationMs = started ? finished.DurationMs : null,
            StdoutBytes = finished.StdoutBytes,
            StderrBytes = finished.StderrBytes,
            Details = DetailReading.Read(finished.Details),
            Background = finished.Background,
            TermSentAt = Moment(finished.TermSentAtMs),
            KillSentAt = Moment(finished.KillSentAtMs),
            Killed = finished.Killed,
            Escaped = finished.Escaped,
        };
    }

    public AttemptEvent? Read(Wire.BackgroundEnded ended) =>
        Holds(Ids.TryRead(ended.Key, out var key), "key")
        && Holds(Plausible.IsMoment(ended.EndedAtMs), "ended_at_ms")
        && Holds(Plausible.IsBytes(ended.DroppedBytes), "dropped_bytes")
        && Holds(Plausible.IsProcesses(ended.Killed), "killed")
            ? new AttemptBackgroundEnded(key, hostId, sessionEpoch, origin)
            {
                EndedAt = clock.ToHub(ended.EndedAtMs),
                DroppedBytes = ended.DroppedBytes,
                Killed = ended.Killed,
            }
            : null;

    private AttemptOutput? ReadOutput(Wire.AttemptKey? wireKey, Wire.OutputStream stream, long offset, long length, long order, ReadOnlyMemory<byte>? content) =>
        Holds(Ids.TryRead(wireKey, out var key), "key")
        && Holds(stream is Wire.OutputStream.Stdout or Wire.OutputStream.Stderr, "stream")
        && Holds(Plausible.IsBytes(offset + length), "offset")
        && Holds(Plausible.IsOrder(order), "order")
            ? new AttemptOutput(key, hostId, sessionEpoch, origin)
            {
                Stream = stream == Wire.OutputStream.Stdout ? OutputStream.Stdout : OutputStream.Stderr,
                Offset = offset,
                Length = length,
                Order = order,
                Content = content,
            }
            : null;

    private DateTimeOffset? Moment(long unixMs) => unixMs == 0 ? null : clock.ToHub(unixMs);

    private bool HoldsFor(Wire.Finished finished) =>
        Holds(Outcome(finished.Outcome) is not null, "outcome")
        && Holds(Plausible.IsSequence(finished.JournalSequence), "journal_sequence")
        && Holds(Plausible.IsTime(finished.ClaimedAtMs), "claimed_at_ms")
        && Holds(Plausible.IsTime(finished.StartedAtMs), "started_at_ms")
        && Holds(Plausible.IsMoment(finished.FinishedAtMs), "finished_at_ms")
        && Holds(Plausible.IsTime(finished.TermSentAtMs), "term_sent_at_ms")
        && Holds(Plausible.IsTime(finished.KillSentAtMs), "kill_sent_at_ms")
        && Holds(finished.ExitCode is >= 0 and <= 255, "exit_code")
        && Holds(finished.Signal is >= 0 and <= 128, "signal")
        && Holds(Plausible.IsDuration(finished.DurationMs), "duration_ms")
        && Holds(Plausible.IsBytes(finished.StdoutBytes), "stdout_bytes")
        && Holds(Plausible.IsBytes(finished.StderrBytes), "stderr_bytes")
        && Holds(Plausible.IsProcesses(finished.Background), "background")
        && Holds(finished.Killed >= 0, "killed")
        && Holds(finished.Escaped >= 0, "escaped");

    private bool Holds(bool holds, string field)
    {
        Wrong = holds ? "" : field;
        return holds;
    }

    private static AttemptOutcome? Outcome(Wire.Outcome outcome) => outcome switch
    {
        Wire.Outcome.Exited => AttemptOutcome.Exited,
        Wire.Outcome.Signaled => AttemptOutcome.Signaled,
        Wire.Outcome.StartFailed => AttemptOutcome.StartFailed,
        Wire.Outcome.TimedOut => AttemptOutcome.TimedOut,
        Wire.Outcome.Canceled => AttemptOutcome.Canceled,
        Wire.Outcome.TaskTimedOut => AttemptOutcome.TaskTimedOut,
        Wire.Outcome.SupervisorLost => AttemptOutcome.SupervisorLost,
        Wire.Outcome.HostRestarted => AttemptOutcome.HostRestarted,
        _ => null,
    };
}
