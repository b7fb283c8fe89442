using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TaskConsole.Core.Outputs;

/// <summary>A piece of a sealed output.</summary>
/// <param name="Offset">Of its first byte on its stream.</param>
/// <param name="Length">Bytes that it stands for.</param>
/// <param name="Order">Order of arrival over both streams.</param>
internal readonly record struct OutputPiece(OutputStream Stream, long Offset, long Length, long Order);

/// <summary>
/// How a sealed output is laid out: pieces in order of arrival, packed as variable-length numbers. The content holds
/// their bytes, one after the other.
/// </summary>
internal static class OutputLayout
{
    public static byte[] Write(IReadOnlyCollection<OutputPiece> pieces)
    {
        using var buffer = new MemoryStream(pieces.Count * 8);
        using var writer = new BinaryWriter(buffer);
        writer.Write7BitEncodedInt(pieces.Count);
        foreach (var piece in pieces)
        {
            writer.Write((byte)piece.Stream);
            writer.Write7BitEncodedInt64(piece.Offset);
            writer.Write7BitEncodedInt64(piece.Length);
            writer.Write7BitEncodedInt64(piece.Order);
        }

        writer.Flush();
        return buffer.ToArray();
    }

    public static IReadOnlyList<OutputPiece> Read(byte[] layout)
    {
        using var reader = new BinaryReader(new MemoryStream(layout, writable: false));
        var pieces = new OutputPiece[reader.Read7BitEncodedInt()];
        for (var place = 0; place < pieces.Length; place++)
        {
            pieces[place] = new OutputPiece(
                (OutputStream)reader.ReadByte(),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64());
        }

        return pieces;
    }

    /// <summary>SHA-256 over what is kept of both streams, whatever frames it came in and however they interleaved.</summary>
    public static byte[] Hash(IEnumerable<OutputChunk> chunks, long stdoutBytes, long stderrBytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[17];
        var byStream = chunks.ToLookup(chunk => chunk.Stream);
        foreach (var (stream, produced) in new[] { (OutputStream.Stdout, stdoutBytes), (OutputStream.Stderr, stderrBytes) })
        {
            var position = 0L;
            Append(hash, header, (byte)stream, produced, 0);
            foreach (var chunk in byStream[stream].Where(chunk => !chunk.Omitted && chunk.Length > 0).OrderBy(chunk => chunk.Offset))
            {
                if (chunk.Offset != position)
                {
                    Append(hash, header, 0xff, position, chunk.Offset);
                }

                hash.AppendData(chunk.Content.Span);
                position = chunk.Offset + chunk.Length;
            }
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, Span<byte> header, byte kind, long first, long second)
    {
        header[0] = kind;
        BinaryPrimitives.WriteInt64BigEndian(header[1..], first);
        BinaryPrimitives.WriteInt64BigEndian(header[9..], second);
        hash.AppendData(header);
    }
}
