using System.Globalization;
using Google.Protobuf;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Journal;

/// <summary>One try of one command on this host; the name of its folder.</summary>
internal readonly record struct AttemptId(Guid CommandHostId, uint Attempt)
{
    private const int IdBytes = 16;

    /// <summary>False when the key is not one: an id of another length, an attempt of 0.</summary>
    public static bool TryFrom(AttemptKey? key, out AttemptId id)
    {
        id = default;
        if (key is null || key.CommandHostId.Length != IdBytes || key.Attempt == 0)
            return false;
        id = new AttemptId(new Guid(key.CommandHostId.Span, bigEndian: true), key.Attempt);
        return true;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out AttemptId id)
    {
        const int guidLength = 36;
        id = default;
        if (text.Length <= guidLength + 1
            || text[guidLength] != '-'
            || !Guid.TryParseExact(text.AsSpan(0, guidLength), "D", out var commandHostId)
            || !uint.TryParse(text.AsSpan(guidLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt))
            return false;
        id = new AttemptId(commandHostId, attempt);
        return attempt > 0;
    }

    public AttemptKey ToKey() =>
        new() { CommandHostId = ByteString.CopyFrom(CommandHostId.ToByteArray(bigEndian: true)), Attempt = Attempt };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CommandHostId:D}-{Attempt}");
}
