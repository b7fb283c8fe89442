using System.Buffers.Binary;
using TaskConsole.Agent.Spool;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// The last six bytes of a record file: a protobuf field of its own (2047, fixed32) that holds the CRC-32C of
/// what stands before it. A message that was cut at the border of a field would otherwise read as another one.
/// </summary>
internal static class RecordSeal
{
    private const int TagBytes = 2;
    private const int SealBytes = TagBytes + sizeof(uint);

    // Field 2047, wire type 5, as a varint.
    private static ReadOnlySpan<byte> Tag => [0xfd, 0x7f];

    public static byte[] Put(ReadOnlySpan<byte> message)
    {
        var sealedBytes = new byte[message.Length + SealBytes];
        message.CopyTo(sealedBytes);
        Tag.CopyTo(sealedBytes.AsSpan(message.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(sealedBytes.AsSpan(message.Length + TagBytes), Crc32C.Of(message));
        return sealedBytes;
    }

    /// <summary>False when what is there is not what was written.</summary>
    public static bool TryBreak(ReadOnlySpan<byte> sealedBytes, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (sealedBytes.Length < SealBytes)
            return false;
        var seal = sealedBytes[^SealBytes..];
        message = sealedBytes[..^SealBytes];
        return seal.StartsWith(Tag) && BinaryPrimitives.ReadUInt32LittleEndian(seal[TagBytes..]) == Crc32C.Of(message);
    }
}
