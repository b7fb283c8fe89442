using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Acts;

/// <summary>What an act changed, field by field, as the audit keeps it: short texts whole, long ones by length and SHA-256.</summary>
internal sealed class AuditChanges
{
    /// <summary>Longest text that is kept whole, in bytes of UTF-8.</summary>
    public const int MaxTextBytes = 1_024;

    /// <summary>Largest JSON of all fields together, in bytes of UTF-8, on either side.</summary>
    public const int MaxBytes = 16 * 1_024;

    /// <summary>Hosts of a list that are named.</summary>
    public const int MaxHostNames = 100;

    private readonly SortedDictionary<string, object> _before = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, object> _after = new(StringComparer.Ordinal);

    public object? Before => Bounded(_before);

    public object? After => Bounded(_after);

    /// <summary>Many hosts: how many, SHA-256 of their ids in ascending order (16 bytes each, big endian), and the first names.</summary>
    public static object Hosts(IEnumerable<(Guid Id, string Name)> hosts)
    {
        var all = hosts.ToList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[16];
        foreach (var id in all.Select(host => host.Id).Order())
        {
            id.TryWriteBytes(bytes, bigEndian: true, out _);
            hash.AppendData(bytes);
        }

        return new { count = all.Count, sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()), names = all.Take(MaxHostNames).Select(host => host.Name).ToList() };
    }

    /// <summary>A text as it is kept: whole, or by length and SHA-256 where it is long; null: there is none.</summary>
    public static object? Text(string? text) => text is not null && Encoding.UTF8.GetByteCount(text) > MaxTextBytes ? Digest(text) : text;

    /// <summary>Names with texts that are not to be kept, such as parameters; null: none.</summary>
    public static object? Digests(string? json) =>
        json is null ? null : Json.ReadMap(json).ToDictionary(entry => entry.Key, entry => Digest(entry.Value), StringComparer.Ordinal);

    /// <summary>A text that is not to be kept, such as a script or the value of a parameter.</summary>
    public static object Digest(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new { bytes = bytes.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
    }

    public void Add(string field, object? before, object? after)
    {
        var (was, isNow) = (Value(before), Value(after));
        if (string.Equals(Json.Write(was), Json.Write(isNow), StringComparison.Ordinal))
        {
            return;
        }

        if (was is not null)
        {
            _before[field] = was;
        }

        if (isNow is not null)
        {
            _after[field] = isNow;
        }
    }

    private static object? Value(object? value) => value switch
    {
        string text => Text(text),
        Enum member => member.ToString(),
        DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
        _ => value,
    };

    /// <summary>All fields; of those that are too large together the largest by length and SHA-256.</summary>
    private static SortedDictionary<string, object>? Bounded(SortedDictionary<string, object> fields)
    {
        if (fields.Count == 0)
        {
            return null;
        }

        var bounded = new SortedDictionary<string, object>(fields, StringComparer.Ordinal);
        while (SizeOf(bounded) > MaxBytes)
        {
            var largest = bounded.MaxBy(field => SizeOf(field.Value)).Key;
            bounded[largest] = Digest(Json.Write(bounded[largest]));
        }

        return bounded;
    }

    private static int SizeOf(object value) => Encoding.UTF8.GetByteCount(Json.Write(value));
}
