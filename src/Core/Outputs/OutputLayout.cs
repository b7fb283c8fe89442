using System.Buffers;

namespace TaskConsole.Core.Outputs;

/// <summary>
/// How a sealed output is laid out: its pieces in order of arrival, packed as numbers. The content holds their bytes,
/// one after the other. A piece is one number (length, whether it leaves out bytes before it, stream) and, where it leaves
/// out bytes, how many.
/// </summary>
internal static class OutputLayout
{
    private const ulong IsStderr = 1;
    private const ulong LeavesOut = 2;
    private const int LengthShift = 2;

    /// <summary>Packs pieces; on each stream every piece begins at or behind the end of the one before it.</summary>
    public static byte[] Write(IReadOnlyCollection<OutputPiece> pieces)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(16, pieces.Count * 2));
        var (stdout, stderr) = (0L, 0L);
        foreach (var piece in pieces)
        {
            ref var end = ref piece.Stream == OutputStream.Stderr ? ref stderr : ref stdout;
            var gap = piece.Offset - end;
            PackedNumbers.Write(buffer, ((ulong)piece.Length << LengthShift) | (gap > 0 ? LeavesOut : 0) | (piece.Stream == OutputStream.Stderr ? IsStderr : 0));
            if (gap > 0)
            {
                PackedNumbers.Write(buffer, (ulong)gap);
            }

            end = piece.End;
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the pieces of a layout one after the other, without holding them.</summary>
    public struct Reader(byte[] layout)
    {
        private int _position;
        private long _stdout;
        private long _stderr;

        /// <summary>The piece that <see cref="MoveNext"/> came to; its order is its number, from 0.</summary>
        public OutputPiece Current { get; private set; }

        /// <summary>Where in the content its first byte is.</summary>
        public long Position { get; private set; }

        /// <summary>False: there are no more.</summary>
        public bool MoveNext()
        {
            if (_position >= layout.Length)
            {
                return false;
            }

            Position += Current.Length;
            var head = PackedNumbers.Read(layout, ref _position);
            var stream = (head & IsStderr) != 0 ? OutputStream.Stderr : OutputStream.Stdout;
            var offset = stream == OutputStream.Stderr ? _stderr : _stdout;
            if ((head & LeavesOut) != 0)
            {
                offset += (long)PackedNumbers.Read(layout, ref _position);
            }

            Current = new OutputPiece(stream, offset, (int)(head >> LengthShift), Current.Order + 1);
            if (stream == OutputStream.Stderr)
            {
                _stderr = Current.End;
            }
            else
            {
                _stdout = Current.End;
            }

            return true;
        }
    }
}
