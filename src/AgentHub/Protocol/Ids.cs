using Google.Protobuf;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Protocol;

/// <summary>Ids and keys as the wire carries them: 16 bytes, big-endian.</summary>
internal static class Ids
{
    public static ByteString ToWire(Guid id) => UnsafeByteOperations.UnsafeWrap(id.ToByteArray(bigEndian: true));

    public static Wire.AttemptKey ToWire(AttemptKey key) => new() { CommandHostId = ToWire(key.CommandHostId), Attempt = (uint)key.Attempt };

    /// <summary>False unless it is 16 bytes.</summary>
    public static bool TryRead(ByteString bytes, out Guid id)
    {
        id = bytes.Length == 16 ? new Guid(bytes.Span, bigEndian: true) : Guid.Empty;
        return bytes.Length == 16;
    }

    /// <summary>False unless the id is 16 bytes and the attempt is 1 or more.</summary>
    public static bool TryRead(Wire.AttemptKey? key, out AttemptKey read)
    {
        read = default;
        if (key is null || key.Attempt is 0 or > int.MaxValue || !TryRead(key.CommandHostId, out var id))
        {
            return false;
        }

        read = new AttemptKey(id, (int)key.Attempt);
        return true;
    }
}
