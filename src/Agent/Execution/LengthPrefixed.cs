using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Execution;

/// <summary>Messages between the roles: four bytes of length, big-endian, then the message.</summary>
internal static class LengthPrefixed
{
    /// <summary>Larger ones are refused: nothing that the wire allows comes near it.</summary>
    public const int Limit = 8 << 20;

    public static byte[] Encode(IMessage message)
    {
        var size = message.CalculateSize();
        var bytes = new byte[4 + size];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        message.WriteTo(bytes.AsSpan(4));
        return bytes;
    }

    /// <summary>Reads one whole message, or null when the source ended before it was complete.</summary>
    public static T? Read<T>(SafeFileHandle source, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        Span<byte> prefix = stackalloc byte[4];
        if (Descriptors.ReadFull(source, prefix) < prefix.Length)
            return null;
        var size = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (size is < 0 or > Limit)
            return null;
        var bytes = new byte[size];
        return Descriptors.ReadFull(source, bytes) < size ? null : parser.ParseFrom(bytes);
    }
}
