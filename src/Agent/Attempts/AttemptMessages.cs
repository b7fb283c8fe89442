using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Attempts;

/// <summary>What the hub is told of an attempt.</summary>
internal static class AttemptMessages
{
    public static JournalEntry ToJournalEntry(this TrackedAttempt attempt)
    {
        var entry = new JournalEntry
        {
            Key = attempt.Id.ToKey(),
            StdoutAcknowledged = attempt.Acknowledged.StdoutOffset,
            StderrAcknowledged = attempt.Acknowledged.StderrOffset,
            JournalSequence = attempt.Claim.Sequence,
        };
        if (attempt.End is { Record: var end })
        {
            entry.State = JournalEntry.Types.State.Ended;
            entry.StdoutBytes = end.StdoutBytes;
            entry.StderrBytes = end.StderrBytes;
            entry.StartedAtMs = end.StartedAtMs;
            entry.Outcome = end.Outcome;
            entry.ExitCode = end.ExitCode;
            entry.Signal = end.Signal;
            return entry;
        }

        (entry.StdoutBytes, entry.StderrBytes) = SpoolReader.Measure(attempt.Folder.Path, attempt.Limits);
        entry.State = attempt.Start is null ? JournalEntry.Types.State.Claimed : JournalEntry.Types.State.Running;
        entry.StartedAtMs = attempt.Start?.StartedAtMs ?? 0;
        return entry;
    }

    public static Started ToStarted(this TrackedAttempt attempt, StartRecord start) => new()
    {
        Key = attempt.Id.ToKey(),
        JournalSequence = attempt.Claim.Sequence,
        ClaimedAtMs = attempt.Claim.ClaimedAtMs,
        StartedAtMs = start.StartedAtMs,
        Pid = start.Pid,
    };

    public static BackgroundEnded ToBackgroundEnded(this LeftoverRecord record, AttemptId id) => new()
    {
        Key = id.ToKey(),
        EndedAtMs = record.EndedAtMs,
        DroppedBytes = record.DroppedBytes,
        Killed = record.Killed,
    };

    public static Finished ToFinished(this TrackedAttempt attempt, CountedEnd counted) => new()
    {
        Key = attempt.Id.ToKey(),
        JournalSequence = counted.Sequence,
        Outcome = counted.Record.Outcome,
        ExitCode = counted.Record.ExitCode,
        Signal = counted.Record.Signal,
        ClaimedAtMs = attempt.Claim.ClaimedAtMs,
        StartedAtMs = counted.Record.StartedAtMs,
        FinishedAtMs = counted.Record.FinishedAtMs,
        DurationMs = counted.Record.DurationMs,
        StdoutBytes = counted.Record.StdoutBytes,
        StderrBytes = counted.Record.StderrBytes,
        Details = { counted.Record.Details },
        Background = counted.Record.Background,
        TermSentAtMs = counted.Record.TermSentAtMs,
        KillSentAtMs = counted.Record.KillSentAtMs,
        Killed = counted.Record.Killed,
        Escaped = counted.Record.Escaped,
    };
}
