using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Reads what an agent says about attempts into events of the pipeline, times corrected. Null: it breaks the contract.</summary>
internal sealed class MessageReading(Guid hostId, long sessionEpoch, AgentClock clock, IAttemptEventOrigin origin, TimeProvider time)
{
    public const int MaxFrameBytes = 64 * 1024;
    private const int MaxMessage = 1_000;

    public AttemptEvent? Read(Wire.Started started) =>
        Ids.TryRead(started.Key, out var key) && IsSequence(started.JournalSequence) && IsMoment(started.ClaimedAtMs) && IsMoment(started.StartedAtMs)
            ? new AttemptStarted(key, hostId, sessionEpoch, origin)
            {
                JournalSequence = (long)started.JournalSequence,
                ClaimedAt = clock.ToHub(started.ClaimedAtMs),
                StartedAt = clock.ToHub(started.StartedAtMs),
            }
            : null;

    public AttemptEvent? Read(Wire.OutputFrame frame) =>
        frame.Data.Length is > 0 and <= MaxFrameBytes
            ? ReadOutput(frame.Key, frame.Stream, frame.Offset, frame.Data.Length, frame.Order, frame.Data.Memory)
            : null;

    public AttemptEvent? Read(Wire.OutputOmitted omitted) =>
        omitted.From >= 0 && omitted.To > omitted.From
            ? ReadOutput(omitted.Key, omitted.Stream, omitted.From, omitted.To - omitted.From, omitted.Order, content: null)
            : null;

    public AttemptEvent? Read(Wire.Refused refused)
    {
        if (!Ids.TryRead(refused.Key, out var key) || !IsSequence(refused.JournalSequence))
        {
            return null;
        }

        var said = Texts.Clean(refused.Message, MaxMessage);
        return new AttemptFinished(key, hostId, sessionEpoch, origin)
        {
            Outcome = AttemptOutcome.Refused,
            JournalSequence = (long)refused.JournalSequence,
            FinishedAt = time.GetUtcNow(),
            Message = said.Length > 0 ? said : Sentence(refused.Cause),
        };
    }

    public AttemptEvent? Read(Wire.Finished finished)
    {
        if (!Ids.TryRead(finished.Key, out var key) || Outcome(finished.Outcome) is not { } outcome || !IsPlausible(finished))
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
            Message = finished.Message.Length == 0 ? null : Texts.Clean(finished.Message, MaxMessage),
            Background = finished.Background,
            TermSentAt = Moment(finished.TermSentAtMs),
            KillSentAt = Moment(finished.KillSentAtMs),
            Killed = finished.Killed,
            Escaped = finished.Escaped,
        };
    }

    public AttemptEvent? Read(Wire.BackgroundEnded ended) =>
        Ids.TryRead(ended.Key, out var key) && IsMoment(ended.EndedAtMs) && ended is { DroppedBytes: >= 0, Killed: >= 0 }
            ? new AttemptBackgroundEnded(key, hostId, sessionEpoch, origin)
            {
                EndedAt = clock.ToHub(ended.EndedAtMs),
                DroppedBytes = ended.DroppedBytes,
                Killed = ended.Killed,
            }
            : null;

    private AttemptOutput? ReadOutput(Wire.AttemptKey? wireKey, Wire.OutputStream stream, long offset, long length, long order, ReadOnlyMemory<byte>? content) =>
        Ids.TryRead(wireKey, out var key)
        && stream is Wire.OutputStream.Stdout or Wire.OutputStream.Stderr
        && offset >= 0
        && offset <= long.MaxValue - length
        && order > 0
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

    private static bool IsPlausible(Wire.Finished finished) =>
        IsSequence(finished.JournalSequence)
        && AgentClock.IsPlausible(finished.ClaimedAtMs)
        && AgentClock.IsPlausible(finished.StartedAtMs)
        && IsMoment(finished.FinishedAtMs)
        && AgentClock.IsPlausible(finished.TermSentAtMs)
        && AgentClock.IsPlausible(finished.KillSentAtMs)
        && finished.ExitCode is >= 0 and <= 255
        && finished.Signal is >= 0 and <= 128
        && finished.DurationMs >= 0
        && finished is { StdoutBytes: >= 0, StderrBytes: >= 0, Background: >= 0, Killed: >= 0, Escaped: >= 0 };

    private static bool IsMoment(long unixMs) => unixMs > 0 && AgentClock.IsPlausible(unixMs);

    private static bool IsSequence(ulong sequence) => sequence <= long.MaxValue;

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

    private static string Sentence(Wire.Refused.Types.Cause cause) => cause switch
    {
        Wire.Refused.Types.Cause.Expired => "It reached the agent too late.",
        Wire.Refused.Types.Cause.ClaimNotWritten => "The agent could not write its claim.",
        Wire.Refused.Types.Cause.NotPossible => "The agent cannot do what it asks for.",
        Wire.Refused.Types.Cause.TooMany => "Too many attempts are kept or running on the host.",
        _ => "The agent refused it.",
    };
}
