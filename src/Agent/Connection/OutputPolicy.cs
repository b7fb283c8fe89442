using Google.Protobuf;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>What to send next: a message, nothing (yet), or nothing before some time has passed.</summary>
internal readonly record struct OutputStep(AgentMessage? Message, SpoolStream Stream, TimeSpan? Pause);

/// <summary>
/// Decides what of an attempt's output goes when: the head at once, what is past it at the live rate while it
/// runs, the tail at the end. Every byte is either sent or named as omitted, and the last ones of a stream
/// that has ended are always sent.
/// </summary>
internal sealed class OutputPolicy(TrackedAttempt attempt, LiveAllowance allowance)
{
    private long _lastOrder;

    /// <param name="end">Given when the attempt has ended; then all of its output is there.</param>
    /// <param name="room">Bytes that may go, above 0.</param>
    public OutputStep Next(SpoolReader spool, EndRecord? end, long room)
    {
        if (end is not null && (SkipToTail(spool.Stdout, end.StdoutBytes) ?? SkipToTail(spool.Stderr, end.StderrBytes)) is { } skipped)
            return skipped;
        if (spool.Next() is not var (cursor, frame))
            return end is null ? default : TellMissing(spool.Stdout, end.StdoutBytes) ?? TellMissing(spool.Stderr, end.StderrBytes) ?? default;
        if (frame.Offset > cursor.Offset)
            return Omit(cursor, frame.Offset, frame.Order - 1);
        var live = end is null && cursor.Offset >= attempt.Limits.HeadBytes;
        if (live && allowance.TimeUntilAllowed() is { Ticks: > 0 } pause)
            return new OutputStep(null, cursor.Stream, pause);
        var offset = cursor.Offset;
        var bytes = cursor.Read(frame, (int)Math.Min(room, SpoolFrame.MaximumLength));
        if (live)
            allowance.Spend(bytes.Length);
        _lastOrder = Math.Max(_lastOrder, frame.Order);
        return new OutputStep(
            new AgentMessage
            {
                Output = new OutputFrame
                {
                    Key = attempt.Id.ToKey(),
                    Stream = (OutputStream)cursor.Stream,
                    Offset = offset,
                    Data = UnsafeByteOperations.UnsafeWrap(bytes),
                    Order = frame.Order,
                },
            },
            cursor.Stream,
            null);
    }

    // What is past the head and before the tail of an ended stream is the middle, though some of it may still be on disk.
    private OutputStep? SkipToTail(SpoolCursor cursor, long produced)
    {
        var tail = attempt.Limits.TailStart(produced);
        if (cursor.Offset < attempt.Limits.HeadBytes || cursor.Offset >= Math.Min(tail, produced))
            return null;
        var order = cursor.TryPeek(out var frame) ? frame.Order - (frame.Offset > cursor.Offset ? 1 : 0) : _lastOrder + 1;
        return Omit(cursor, Math.Min(tail, produced), order);
    }

    private OutputStep? TellMissing(SpoolCursor cursor, long produced) =>
        cursor.Offset < produced ? Omit(cursor, produced, _lastOrder + 1) : null;

    private OutputStep Omit(SpoolCursor cursor, long to, long order)
    {
        var omitted = new OutputOmitted
        {
            Key = attempt.Id.ToKey(),
            Stream = (OutputStream)cursor.Stream,
            From = cursor.Offset,
            To = to,
            Order = order,
        };
        cursor.SkipTo(to);
        return new OutputStep(new AgentMessage { Omitted = omitted }, cursor.Stream, null);
    }
}
