using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>An attempt that a simulated agent claimed and the hub has not let go; only its agent's loop touches it.</summary>
internal sealed class SimulatedAttempt(AttemptKey key, SwarmScript script, ulong sequence, ByteString content)
{
    public const int FrameBytes = 32 * 1024;

    private static readonly ByteString Line = ByteString.CopyFrom("the quick brown fox jumps over the lazy dog\n", Encoding.ASCII);
    private static readonly ByteString Block = ByteString.CopyFrom([.. Enumerable.Range(0, FrameBytes).Select(place => Line[place % Line.Length])]);

    public AttemptKey Key => key;

    public SwarmScript Script => script;

    public ulong Sequence => sequence;

    public long StartedAtMs { get; } = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>First byte of output that has not been sent.</summary>
    public long Sent { get; set; }

    /// <summary>First byte of output that the hub has not acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Its time is over: the end may be told behind the output.</summary>
    public bool Ended { get; set; }

    public bool Canceled { get; set; }

    /// <summary>The end was sent in this session.</summary>
    public bool EndSent { get; set; }

    /// <summary>Number of the next frame.</summary>
    private long _order;

    public static ByteString ContentFor(SwarmScript script, string name) =>
        script.Distinct ? ByteString.CopyFromUtf8($"output of {name}\n") : ByteString.Empty;

    /// <summary>The next frame of output; null when all has been sent.</summary>
    public OutputFrame? NextFrame()
    {
        if (Sent >= script.Bytes)
        {
            return null;
        }

        var length = (int)Math.Min(FrameBytes, script.Bytes - Sent);
        var frame = new OutputFrame { Key = key, Stream = OutputStream.Stdout, Offset = Sent, Order = ++_order, Data = Bytes(length) };
        Sent += length;
        return frame;
    }

    public Finished End() => new()
    {
        Key = key,
        JournalSequence = sequence,
        Outcome = Canceled ? Outcome.Canceled : Outcome.Exited,
        ExitCode = Canceled ? 0 : script.ExitCode,
        ClaimedAtMs = StartedAtMs,
        StartedAtMs = StartedAtMs,
        FinishedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        DurationMs = script.Milliseconds,
        StdoutBytes = Canceled ? Sent : script.Bytes,
    };

    public JournalEntry Entry() => new()
    {
        Key = key,
        State = Ended ? JournalEntry.Types.State.Ended : JournalEntry.Types.State.Running,
        StdoutBytes = script.Bytes,
        StdoutAcknowledged = Acknowledged,
        JournalSequence = sequence,
        StartedAtMs = StartedAtMs,
        Outcome = Ended ? Outcome.Exited : Outcome.Unspecified,
        ExitCode = script.ExitCode,
    };

    [SuppressMessage("Performance", "CA1859", Justification = "One type of bytes.")]
    private ByteString Bytes(int length)
    {
        if (content.Length > 0 && length >= content.Length && Sent == 0)
        {
            return ByteString.CopyFrom([.. content.Span, .. Block.Span[..(length - content.Length)]]);
        }

        return length == FrameBytes ? Block : ByteString.CopyFrom(Block.Span[..length]);
    }
}
