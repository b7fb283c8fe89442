using System.Diagnostics;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>Bytes to be sent, or to be named as omitted.</summary>
internal sealed record OutputPiece(long From, long To, bool Omitted);

/// <summary>
/// How far the output of an attempt was made, sent and acknowledged. An endless one is sent as a real agent sends it: the
/// head at once, past it at the live rate and only what is still in the tail, the tail at the end; the rest is omitted.
/// </summary>
/// <param name="script">What it prints.</param>
/// <param name="headBytes">Bytes of its beginning that are kept.</param>
/// <param name="tailBytes">Bytes of its end that are kept.</param>
internal sealed class OutputProgress(SwarmScript script, long headBytes, long tailBytes)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Queue<OutputPiece> _sent = [];
    private long? _stoppedAt;
    private bool _skipped;
    private double _allowance;
    private long _allowanceAt;

    /// <summary>What the script has printed up to now, or at all when it has ended.</summary>
    public long Produced => _stoppedAt ?? (script.IsEndless ? (long)(script.BytesPerSecond * Stopwatch.GetElapsedTime(_began).TotalSeconds) : script.Bytes);

    /// <summary>First byte that has not been sent.</summary>
    public long Sent { get; private set; }

    /// <summary>First byte that the hub has not acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Bytes that were sent and not acknowledged.</summary>
    public long Unacknowledged { get; private set; }

    /// <summary>It was canceled: one that would end by itself made nothing more than it sent.</summary>
    public void Stop() => _stoppedAt ??= script.IsEndless ? Produced : Sent;

    /// <summary>The hub wants it from here on.</summary>
    public void GoOnFrom(long offset)
    {
        _sent.Clear();
        Unacknowledged = 0;
        Sent = Acknowledged = offset;
        _skipped = false;
    }

    /// <summary>The hub has it up to here; returns how many bytes it had not told of before.</summary>
    public long Acknowledge(long offset)
    {
        var bytes = 0L;
        while (_sent.TryPeek(out var oldest) && oldest.To <= offset)
        {
            _sent.Dequeue();
            bytes += oldest.To - oldest.From;
        }

        Unacknowledged -= bytes;
        Acknowledged = Math.Max(Acknowledged, offset);
        return bytes;
    }

    /// <summary>What goes next, and is sent now; null: nothing, or nothing before a pause.</summary>
    public OutputPiece? Next(SessionSettings settings, bool ended, int most, out TimeSpan pause)
    {
        pause = TimeSpan.Zero;
        var produced = Produced;
        var tail = Math.Max(headBytes, produced - tailBytes);
        if (script.IsEndless && !_skipped && Sent >= headBytes && Sent < tail && (ended || IsAllowed(settings)))
        {
            return Send(tail, omitted: true);
        }

        if (Sent >= produced)
        {
            pause = ended || !script.IsEndless ? TimeSpan.Zero : TimeSpan.FromMilliseconds(100);
            return null;
        }

        var length = Math.Min(most, produced - Sent);
        if (script.IsEndless && Sent < headBytes)
        {
            length = Math.Min(length, headBytes - Sent);
        }
        else if (script.IsEndless && !ended)
        {
            if (!IsAllowed(settings))
            {
                pause = TimeSpan.FromSeconds((1 - _allowance) / settings.OutputLiveBytesPerSecond);
                return null;
            }

            _allowance -= length;
        }

        return Send(Sent + length, omitted: false);
    }

    private OutputPiece Send(long to, bool omitted)
    {
        var piece = new OutputPiece(Sent, to, omitted);
        Sent = to;

        // A frame follows: more was printed meanwhile, and would be skipped again and again.
        _skipped = omitted;
        if (!omitted)
        {
            _sent.Enqueue(piece);
            Unacknowledged += piece.To - piece.From;
        }

        return piece;
    }

    /// <summary>A second's worth can be saved up; one frame may overdraw it.</summary>
    private bool IsAllowed(SessionSettings settings)
    {
        var now = Stopwatch.GetTimestamp();
        var passed = _allowanceAt == 0 ? TimeSpan.FromSeconds(1) : Stopwatch.GetElapsedTime(_allowanceAt, now);
        _allowance = Math.Min(settings.OutputLiveBytesPerSecond, _allowance + (settings.OutputLiveBytesPerSecond * passed.TotalSeconds));
        _allowanceAt = now;
        return _allowance > 0;
    }
}
