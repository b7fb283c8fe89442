using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TaskConsole.Core.Acts;

/// <summary>Ids of actors that have no account: UUIDv5 (RFC 9562, 5.5) of the installation, the kind and the name.</summary>
public static class ActorIds
{
    /// <summary>The same for the same three, and another in another installation.</summary>
    /// <param name="installation">Id of the hub, the namespace of the UUID.</param>
    /// <param name="kind">Of the actor.</param>
    /// <param name="name">Of the actor.</param>
    public static Guid Of(Guid installation, ActorKind kind, string name)
    {
        var text = Encoding.UTF8.GetBytes($"{kind}:{name}");
        var input = new byte[16 + text.Length];
        installation.TryWriteBytes(input, bigEndian: true, out _);
        text.CopyTo(input, 16);
#pragma warning disable CA5350 // The standard asks for SHA-1; nothing is kept secret by it.
        var hash = SHA1.HashData(input).AsSpan(0, 16);
#pragma warning restore CA5350
        BinaryPrimitives.WriteUInt16BigEndian(hash[6..], (ushort)((BinaryPrimitives.ReadUInt16BigEndian(hash[6..]) & 0x0FFF) | 0x5000));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
