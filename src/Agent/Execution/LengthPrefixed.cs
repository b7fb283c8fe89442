using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
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

    /// <summary>Takes the first message off what has been received; false when it is not complete yet.</summary>
    /// <exception cref="InvalidProtocolBufferException">What came is no message.</exception>
    /// <exception cref="InvalidDataException">What stands before it is no length.</exception>
    public static bool TryTake<T>(List<byte> received, MessageParser<T> parser, [NotNullWhen(true)] out T? message)
        where T : class, IMessage<T>
    {
        message = null;
        var bytes = CollectionsMarshal.AsSpan(received);
        if (bytes.Length < sizeof(int))
            return false;
        var size = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (size is < 0 or > Limit)
            throw new InvalidDataException("The length before the message is none.");
        if (bytes.Length < sizeof(int) + size)
            return false;
        message = parser.ParseFrom(bytes.Slice(sizeof(int), size));
        received.RemoveRange(0, sizeof(int) + size);
        return true;
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
