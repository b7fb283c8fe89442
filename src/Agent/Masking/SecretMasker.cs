using System.Buffers;
using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Masking;

/// <summary>
/// Masks secrets in one stream of bytes: each maximal union of overlapping matches is replaced by one
/// <see cref="Mask"/>, and matches that only touch by one each. The result does not depend on how the stream is cut
/// into pieces. What may be the beginning of a match is held until it is decided (at most the longest pattern) and
/// let go at the end of the stream, never by a timer.
/// </summary>
/// <param name="automaton">What is to be found, shared by all streams; null passes everything on as it is.</param>
internal sealed class SecretMasker(SecretAutomaton? automaton)
{
    // So that a piece full of short secrets does not make a long list of them.
    private const int ManyUnions = 512;

    private int _state = SecretAutomaton.Root;

    // Positions count bytes of the stream. What lies before _settled has been written, or belongs to the mask written last.
    private long _position;
    private long _settled;

    // The bytes from _settled to _position, and the unions of matches among them: apart from each other, ascending.
    private SlidingBuffer<byte> _held;
    private SlidingBuffer<Union> _unions;

    /// <summary>What stands for a secret.</summary>
    public static ReadOnlySpan<byte> Mask => "********"u8;

    /// <summary>Takes the next piece and writes what is decided.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (automaton is null)
        {
            output.Write(piece);
            return;
        }

        var start = _position;
        for (var i = 0; i < piece.Length;)
        {
            if (_state == SecretAutomaton.Root)
            {
                if (_unions.Count > 0)
                    Settle(start + i, start, piece, output);
                var plain = piece[i..].IndexOfAny(automaton.FirstBytes);
                if (plain < 0)
                    break;
                i += plain;
            }

            _state = automaton.Next(_state, piece[i++]);
            var length = automaton.MatchLength(_state);
            if (length == 0)
                continue;
            Add(new Union(start + i - length, start + i));
            if (_unions.Count >= ManyUnions)
                Settle(start + i - automaton.Depth(_state), start, piece, output);
        }

        _position = start + piece.Length;
        Settle(_position - automaton.Depth(_state), start, piece, output);
        Hold(start, piece);
    }

    /// <summary>The stream has ended: everything is decided.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        Settle(_position, _position, [], output);
        _held.Clear();
        _state = SecretAutomaton.Root;
    }

    private void Add(Union match)
    {
        if (match.Start < _settled)
        {
            // It overlaps what the last mask stands for, and all unions behind that.
            _unions.Clear();
            _settled = match.End;
            return;
        }

        while (_unions.Count > 0 && _unions.Items[^1].End > match.Start)
        {
            match = new Union(Math.Min(match.Start, _unions.Items[^1].Start), match.End);
            _unions.RemoveLast(1);
        }

        _unions.Append(match);
    }

    // No match that comes later begins before the limit.
    private void Settle(long limit, long start, ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        while (_unions.Count > 0 && _unions.Items[0].Start < limit)
        {
            var union = _unions.Items[0];
            _unions.RemoveFirst(1);
            WritePlain(union.Start, start, piece, output);
            output.Write(Mask);
            _settled = union.End;
        }

        WritePlain(limit, start, piece, output);
    }

    private void WritePlain(long end, long start, ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (end <= _settled)
            return;
        var held = _held.Items;
        var heldStart = start - held.Length;
        if (_settled < start)
            output.Write(held[(int)(_settled - heldStart)..(int)(Math.Min(end, start) - heldStart)]);
        if (end > start)
            output.Write(piece[(int)(Math.Max(_settled, start) - start)..(int)(end - start)]);
        _settled = end;
    }

    private void Hold(long start, ReadOnlySpan<byte> piece)
    {
        var wanted = (int)(_position - _settled);
        if (wanted > piece.Length)
        {
            _held.RemoveFirst((int)(_settled - (start - _held.Count)));
            _held.Append(piece);
        }
        else
        {
            _held.Clear();
            _held.Append(piece[^wanted..]);
        }
    }

    /// <summary>Bytes that matches cover, from the first position to before the second.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Union(long Start, long End);
}
