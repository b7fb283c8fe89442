using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Agent.Journal;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// Puts a payload together that came in parts. They come one directly after the other, their Execute directly
/// behind them: whatever else comes in between discards them.
/// </summary>
internal sealed class PayloadAssembler
{
    // The contract's limits come to a quarter of it.
    private const int MostBytes = 8 << 20;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private AttemptId _of;
    private uint _count;

    public void Add(ExecutePart part)
    {
        var known = AttemptId.TryFrom(part.Key, out var id);
        if (part.Index == 0)
            Discard();
        if (!known || part.Index != _count || (_count > 0 && id != _of) || _bytes.WrittenCount + part.Data.Length > MostBytes)
        {
            Discard();
            return;
        }

        _of = id;
        _count++;
        _bytes.Write(part.Data.Span);
    }

    public void Discard()
    {
        _bytes.ResetWrittenCount();
        _count = 0;
    }

    /// <summary>The payload of an Execute, from its parts or itself; false when parts are missing or are not what was hashed.</summary>
    public bool TryTake(Execute execute, AttemptId id, [NotNullWhen(true)] out Payload? payload)
    {
        payload = execute.PayloadParts == 0 ? execute.Payload : null;
        if (execute.PayloadParts > 0 && id == _of && execute.PayloadParts == _count)
            payload = Parse(execute.PayloadSha256);
        Discard();
        return payload is not null;
    }

    private Payload? Parse(ByteString sha256)
    {
        var bytes = _bytes.WrittenSpan;
        if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(sha256.Span))
            return null;
        try
        {
            return Payload.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
