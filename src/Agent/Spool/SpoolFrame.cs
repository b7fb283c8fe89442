using System.Buffers.Binary;

namespace TaskConsole.Agent.Spool;

/// <summary>The two streams of a script, numbered as on the wire.</summary>
internal enum SpoolStream : byte
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// What stands before the bytes in a spool file: 24 bytes, little-endian: stream, three of zero, length,
/// order, offset.
/// </summary>
/// <param name="Order">Order of arrival over both streams, from 1.</param>
/// <param name="Offset">Of the first byte in its stream, counted after masking.</param>
/// <param name="Length">Bytes that follow.</param>
internal readonly record struct SpoolFrame(SpoolStream Stream, long Order, long Offset, int Length)
{
    /// <summary>Size of the header.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Most bytes that one frame holds.</summary>
    public const int MaximumLength = 64 * 1024;

    public long End => Offset + Length;

    public void WriteTo(Span<byte> header)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, (byte)Stream);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], Order);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], Offset);
    }

    public static SpoolFrame ReadFrom(ReadOnlySpan<byte> header) =>
        new(
            (SpoolStream)header[0],
            BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[4..]));
}
