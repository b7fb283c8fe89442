using System.Buffers.Binary;

namespace TaskConsole.Agent.Spool;

/// <summary>The two streams of a script, numbered as on the wire.</summary>
internal enum SpoolStream : byte
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// What stands before the bytes in a spool file: 28 bytes, little-endian: stream, three of zero, length,
/// order, offset, CRC-32C of these and of the bytes that follow. Output is not synced while it comes: after a
/// loss of power anything may stand in its file.
/// </summary>
/// <param name="Order">Order of arrival over both streams, from 1.</param>
/// <param name="Offset">Of the first byte in its stream, counted after masking.</param>
/// <param name="Length">Bytes that follow.</param>
internal readonly record struct SpoolFrame(SpoolStream Stream, long Order, long Offset, int Length)
{
    /// <summary>Size of the header.</summary>
    public const int HeaderBytes = 28;

    private const int ChecksumOffset = 24;

    /// <summary>Most bytes that one frame holds.</summary>
    public const int MaximumLength = 64 * 1024;

    public long End => Offset + Length;

    /// <summary>Fills in the header of a frame whose bytes stand behind it.</summary>
    /// <param name="frame">Header and bytes.</param>
    public void Seal(Span<byte> frame)
    {
        WriteTo(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[ChecksumOffset..], Checksum(frame[..HeaderBytes], frame[HeaderBytes..]));
    }

    /// <summary>Whether header and bytes are what was written.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumOffset..]) == Checksum(header, bytes);

    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes) =>
        Crc32C.Of(bytes, Crc32C.Of(header[..ChecksumOffset]));

    private void WriteTo(Span<byte> header)
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
