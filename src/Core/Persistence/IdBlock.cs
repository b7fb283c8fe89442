using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TaskConsole.Core.Persistence;

/// <summary>
/// Consecutive UUIDv7 ids for the rows of one task. <see cref="Guid.CreateVersion7()"/> is not monotonic within a
/// millisecond, so the low 32 bits count: pages of the store stay full, and the id of a sibling is arithmetic.
/// </summary>
/// <remarks>48 bits of time, 12 + 30 random bits, 32 bits of counter (RFC 9562, section 6.2, method 1).</remarks>
public readonly record struct IdBlock(Guid First)
{
    /// <summary>A new block; its ids are <c>[0]</c> to <c>[uint.MaxValue]</c>.</summary>
    public static IdBlock Create(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        Guid.CreateVersion7(time.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[12..].Clear();
        return new IdBlock(new Guid(bytes, bigEndian: true));
    }

    /// <summary>The id at a place of the block.</summary>
    public Guid this[long place] => Offset(First, place);

    /// <summary>The id that many places further on in the block of <paramref name="id"/>; negative: before it.</summary>
    public static Guid Offset(Guid id, long places)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var place = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], checked((uint)(place + places)));
        return new Guid(bytes, bigEndian: true);
    }
}
