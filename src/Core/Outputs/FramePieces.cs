using System.Buffers;

namespace TaskConsole.Core.Outputs;

/// <summary>
/// The pieces of a frame with content, in order. <see cref="OutputFrame.Breaks"/> holds two numbers for each place where
/// a piece ends and another begins: the length of the one, and by how much the order of the other is higher.
/// </summary>
internal struct FramePieces(OutputFrame frame)
{
    private int _position;
    private int _read;
    private long _order = frame.Order;

    /// <summary>The piece that <see cref="MoveNext"/> came to.</summary>
    public OutputPiece Current { get; private set; }

    public readonly OutputFrame Frame => frame;

    /// <summary>False: there are no more.</summary>
    public bool MoveNext()
    {
        if (frame.Content is not { } content || _read >= content.Length)
        {
            return false;
        }

        var (length, order) = (content.Length - _read, _order);
        if (frame.Breaks is { } breaks && _position < breaks.Length)
        {
            length = (int)PackedNumbers.Read(breaks, ref _position);
            _order += (long)PackedNumbers.Read(breaks, ref _position);
        }

        Current = new OutputPiece(frame.Stream, frame.Offset + _read, length, order);
        _read += length;
        return true;
    }

    /// <summary>The bytes of the current piece.</summary>
    public readonly ReadOnlyMemory<byte> Content => frame.Content.AsMemory((int)(Current.Offset - frame.Offset), Current.Length);

    /// <summary>Packs where pieces end in a frame that is made of several.</summary>
    /// <param name="frames">Which follow each other on one stream.</param>
    /// <returns>Null: nothing can have come between them.</returns>
    public static byte[]? Breaks(IReadOnlyList<OutputFrame> frames)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var (length, order, last) = (0L, frames[0].Order, frames[0].Order);
        foreach (var frame in frames)
        {
            // Between consecutive orders nothing is missing; an order that goes back is wrong, and no bytes are dropped because of it.
            if (frame.Order - last > 1)
            {
                PackedNumbers.Write(buffer, (ulong)length);
                PackedNumbers.Write(buffer, (ulong)(frame.Order - order));
                (length, order) = (0, frame.Order);
            }

            last = Math.Max(last, frame.Order);
            length += frame.Length;
        }

        return buffer.WrittenCount == 0 ? null : buffer.WrittenSpan.ToArray();
    }
}
