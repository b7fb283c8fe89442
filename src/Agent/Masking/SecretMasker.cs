using System.Buffers;

namespace TaskConsole.Agent.Masking;

/// <summary>
/// Replaces secrets in one stream of bytes by <see cref="Mask"/>, however the stream is cut into pieces:
/// leftmost first, and of those that begin there the longest. What may be the beginning of a secret is held
/// until it is decided, and let go at the end of the stream, never by a timer.
/// </summary>
internal sealed class SecretMasker
{
    private readonly byte[][] _secrets;
    private readonly SearchValues<byte> _firstBytes;
    private byte[] _held = [];

    public SecretMasker(IEnumerable<byte[]> secrets)
    {
        _secrets = [.. secrets.Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length)];
        _firstBytes = SearchValues.Create([.. _secrets.Select(secret => secret[0]).Distinct()]);
    }

    /// <summary>What stands for each secret.</summary>
    public static ReadOnlySpan<byte> Mask => "********"u8;

    /// <summary>Takes the next piece and writes what is decided.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (_secrets.Length == 0)
            output.Write(piece);
        else if (_held.Length == 0)
            _held = Replace(piece, output, ended: false);
        else
            _held = Replace([.. _held, .. piece], output, ended: false);
    }

    /// <summary>The stream has ended: everything is decided.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        _ = Replace(_held, output, ended: true);
        _held = [];
    }

    private byte[] Replace(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, bool ended)
    {
        var plain = 0;
        var position = 0;
        while (position < bytes.Length)
        {
            var step = bytes[position..].IndexOfAny(_firstBytes);
            if (step < 0)
                break;
            position += step;
            var (length, undecided) = MatchAt(bytes[position..], ended);
            if (undecided)
            {
                output.Write(bytes[plain..position]);
                return bytes[position..].ToArray();
            }

            if (length == 0)
            {
                position++;
                continue;
            }

            output.Write(bytes[plain..position]);
            output.Write(Mask);
            position += length;
            plain = position;
        }

        output.Write(bytes[plain..]);
        return [];
    }

    // Longest first: a longer secret that may still come decides before a shorter one that is there.
    private (int Length, bool Undecided) MatchAt(ReadOnlySpan<byte> rest, bool ended)
    {
        foreach (var secret in _secrets)
        {
            if (rest.Length >= secret.Length)
            {
                if (rest.StartsWith(secret))
                    return (secret.Length, false);
            }
            else if (!ended && secret.AsSpan().StartsWith(rest))
            {
                return (0, true);
            }
        }

        return (0, false);
    }
}
