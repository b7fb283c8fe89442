using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TaskConsole.Core.Outputs;

/// <summary>What is kept of one stream of an ended attempt: its frames, cut to head and tail exactly.</summary>
internal sealed class KeptStream
{
    private readonly OutputStream _stream;
    private readonly long _produced;
    private readonly List<Part> _parts = [];
    private int _copied;

    /// <param name="stream">Which stream.</param>
    /// <param name="frames">Its frames, in any order.</param>
    /// <param name="produced">Bytes produced on it.</param>
    /// <param name="limits">How much is kept.</param>
    public KeptStream(OutputStream stream, IEnumerable<OutputFrame> frames, long produced, OutputLimits limits)
    {
        (_stream, _produced) = (stream, produced);
        var headEnd = limits.HeadBytes;
        var tailStart = Math.Max(headEnd, produced - limits.TailBytes);
        foreach (var frame in frames.OrderBy(frame => frame.Offset))
        {
            var (start, end) = (frame.Offset, frame.Offset + frame.Length);
            Add(frame, start, Math.Min(end, headEnd));
            Add(frame, Math.Max(start, tailStart), end);
        }
    }

    /// <summary>Its pieces, each from where the one before it ends or behind it.</summary>
    public IEnumerable<OutputPiece> Pieces()
    {
        foreach (var part in _parts)
        {
            var pieces = new FramePieces(part.Frame);
            while (pieces.MoveNext())
            {
                var start = Math.Max(pieces.Current.Offset, part.Start);
                var end = Math.Min(pieces.Current.End, part.End);
                if (start < end)
                {
                    yield return new OutputPiece(_stream, start, (int)(end - start), pieces.Current.Order);
                }
            }
        }
    }

    /// <summary>Hashes how much was produced, where bytes were left out, and the bytes that are kept, however they were cut into frames.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        var position = 0L;
        Append(hash, (byte)_stream, _produced, 0);
        foreach (var part in _parts)
        {
            if (part.Start != position)
            {
                Append(hash, 0xff, position, part.Start);
            }

            hash.AppendData(part.Content.Span);
            position = part.End;
        }
    }

    /// <summary>Copies bytes; called with what <see cref="Pieces"/> said, in order, some of it put together or left out.</summary>
    public void Copy(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var part = _parts[_copied];
            if (part.End <= offset)
            {
                _copied++;
                continue;
            }

            var from = part.Content.Span[(int)(offset - part.Start)..];
            var bytes = Math.Min(from.Length, destination.Length);
            from[..bytes].CopyTo(destination);
            destination = destination[bytes..];
            offset += bytes;
        }
    }

    private void Add(OutputFrame frame, long start, long end)
    {
        if (start < end)
        {
            _parts.Add(new Part(frame, start, end));
        }
    }

    private static void Append(IncrementalHash hash, byte kind, long first, long second)
    {
        Span<byte> header = stackalloc byte[17];
        header[0] = kind;
        BinaryPrimitives.WriteInt64BigEndian(header[1..], first);
        BinaryPrimitives.WriteInt64BigEndian(header[9..], second);
        hash.AppendData(header);
    }

    private readonly record struct Part(OutputFrame Frame, long Start, long End)
    {
        public ReadOnlyMemory<byte> Content => Frame.Content.AsMemory((int)(Start - Frame.Offset), (int)(End - Start));
    }
}
