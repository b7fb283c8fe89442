using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>An attempt that a simulated agent claimed and the hub has not let go; only its agent's loop touches it.</summary>
internal sealed class SimulatedAttempt(AttemptKey key, SwarmScript script, (long Head, long Tail) kept, ulong sequence, ByteString content)
{
    public const int FrameBytes = 32 * 1024;

    private readonly OutputProgress _output = new(script, kept.Head, kept.Tail);
    private static readonly ByteString Line = ByteString.CopyFrom("the quick brown fox jumps over the lazy dog\n", Encoding.ASCII);
    private static readonly ByteString Block = ByteString.CopyFrom([.. Enumerable.Range(0, FrameBytes).Select(place => Line[place % Line.Length])]);

    public AttemptKey Key => key;

    public SwarmScript Script => script;

    public ulong Sequence => sequence;

    public long StartedAtMs { get; } = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How far its output was made, sent and acknowledged.</summary>
    public OutputProgress Output => _output;

    /// <summary>Its time is over: the end may be told behind the output.</summary>
    public bool Ended { get; set; }

    public bool Canceled { get; private set; }

    /// <summary>Its cancel came before its execute.</summary>
    public bool NeverStarted { get; private init; }

    /// <summary>The end was sent in this session.</summary>
    public bool EndSent { get; set; }

    /// <summary>Number of the next frame.</summary>
    private long _order;

    public static ByteString ContentFor(SwarmScript script, string name) =>
        script.Distinct ? ByteString.CopyFromUtf8($"output of {name}\n") : ByteString.Empty;

    /// <summary>Of an attempt that is not known here: an execute that comes later starts nothing.</summary>
    public static SimulatedAttempt CanceledBefore(AttemptKey key, ulong sequence)
    {
        var attempt = new SimulatedAttempt(key, new SwarmScript(0, 0, 0, Distinct: false), default, sequence, ByteString.Empty) { NeverStarted = true };
        attempt.Cancel();
        return attempt;
    }

    public void Cancel()
    {
        if (!Canceled)
        {
            Canceled = Ended = true;
            _output.Stop();
        }
    }

    /// <summary>All output that there will be was sent.</summary>
    public bool IsAllSent => Ended && _output.Sent >= _output.Produced;

    /// <summary>What is to be sent now; null: nothing, or nothing before a pause that the live rate asks for.</summary>
    public AgentMessage? Next(SessionSettings settings, out TimeSpan pause)
    {
        switch (_output.Next(settings, Ended, FrameBytes, out pause))
        {
            case { Omitted: true } gap:
                return new AgentMessage { Omitted = new OutputOmitted { Key = key, Stream = OutputStream.Stdout, From = gap.From, To = gap.To, Order = ++_order } };
            case { } piece:
                return new AgentMessage { Output = new OutputFrame { Key = key, Stream = OutputStream.Stdout, Offset = piece.From, Order = ++_order, Data = Bytes(piece) } };
            default:
                return null;
        }
    }

    public Finished End() => new()
    {
        Key = key,
        JournalSequence = sequence,
        Outcome = Canceled ? Outcome.Canceled : Outcome.Exited,
        ExitCode = Canceled ? 0 : script.ExitCode,
        ClaimedAtMs = NeverStarted ? 0 : StartedAtMs,
        StartedAtMs = NeverStarted ? 0 : StartedAtMs,
        FinishedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        DurationMs = NeverStarted ? 0 : script.Milliseconds,
        StdoutBytes = _output.Produced,
    };

    public JournalEntry Entry() => new()
    {
        Key = key,
        State = Ended ? JournalEntry.Types.State.Ended : JournalEntry.Types.State.Running,
        StdoutBytes = _output.Produced,
        StdoutAcknowledged = _output.Acknowledged,
        JournalSequence = sequence,
        StartedAtMs = NeverStarted ? 0 : StartedAtMs,
        Outcome = Canceled ? Outcome.Canceled : Ended ? Outcome.Exited : Outcome.Unspecified,
        ExitCode = script.ExitCode,
    };

    [SuppressMessage("Performance", "CA1859", Justification = "One type of bytes.")]
    private ByteString Bytes(OutputPiece piece)
    {
        var length = (int)(piece.To - piece.From);
        if (content.Length > 0 && length >= content.Length && piece.From == 0)
        {
            return ByteString.CopyFrom([.. content.Span, .. Block.Span[..(length - content.Length)]]);
        }

        return length == FrameBytes ? Block : ByteString.CopyFrom(Block.Span[..length]);
    }
}
