using System.Diagnostics.CodeAnalysis;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Hosts;

/// <summary>Which key of a host a person means. Named by its fingerprint wherever more than one agent may be meant.</summary>
internal static class KeyChoice
{
    /// <summary>Code of the problem that a fingerprint is missing.</summary>
    public const string Ambiguous = "host.key.ambiguous";

    private const string Field = "fingerprint";
    private const int Bytes = 32;

    /// <summary>Reads a fingerprint: 64 hex digits, groups may be parted by ':' or blanks; null stays null.</summary>
    public static bool TryRead(string? text, out byte[]? fingerprint, [NotNullWhen(false)] out Problem? problem)
    {
        (fingerprint, problem) = (null, null);
        if (text is null)
        {
            return true;
        }

        var digits = string.Concat(text.Where(letter => letter is not (':' or ' ')));
        if (digits.Length != 2 * Bytes || !digits.All(char.IsAsciiHexDigit))
        {
            problem = new Problem.Invalid(Field, "fingerprint must be the SHA-256 of a public key: 64 hex digits, as the agent and the Hosts page show it.");
            return false;
        }

        fingerprint = Convert.FromHexString(digits);
        return true;
    }

    /// <summary>The key that an approval means.</summary>
    public static Answer<HostKey> ToApprove(Host host, IReadOnlyCollection<HostKey> keys, byte[]? fingerprint, DateTimeOffset now)
    {
        var pending = keys.Where(key => key.Status == HostKeyStatus.Pending).ToList();
        if (fingerprint is not null)
        {
            var isDuplicate = host.DuplicateSince is not null;
            return keys.FirstOrDefault(key => key.Fingerprint.AsSpan().SequenceEqual(fingerprint)) switch
            {
                { Status: HostKeyStatus.Pending } chosen => Fresh(host, chosen, now),
                { Status: HostKeyStatus.Active } chosen when isDuplicate => chosen,
                _ => NotWaiting(host, "No key of this fingerprint waits for approval as"),
            };
        }

        if (host.DuplicateSince is not null)
        {
            return Missing($"Two agents use the key of host '{host.Name}': name the fingerprint of the key whose agent stays.");
        }

        if (pending.Count == 0)
        {
            return NotWaiting(host, "No key waits for approval as");
        }

        var waiting = pending.Where(key => !key.IsExpired(now)).ToList();
        if (waiting.Count > 1)
        {
            return Missing($"{waiting.Count} keys wait for approval as host '{host.Name}': name the fingerprint of one.");
        }

        var only = waiting.Count == 1 ? waiting[0] : pending[0];
        return waiting.Count == 1 && keys.Any(key => key.Status == HostKeyStatus.Active)
            ? Missing($"The key would replace the one of host '{host.Name}' that is in force: name its fingerprint.")
            : Fresh(host, only, now);
    }

    /// <summary>The key that a rejection means.</summary>
    public static Answer<HostKey> ToReject(Host host, IReadOnlyList<HostKey> pending, byte[]? fingerprint)
    {
        if (fingerprint is null && pending.Count > 1)
        {
            return Missing($"{pending.Count} keys wait for approval as host '{host.Name}': name the fingerprint of one.");
        }

        return pending.FirstOrDefault(key => fingerprint is null || key.Fingerprint.AsSpan().SequenceEqual(fingerprint)) is { } chosen
            ? chosen
            : NotWaiting(host, fingerprint is null ? "No key waits for approval as" : "No key of this fingerprint waits for approval as");
    }

    private static Answer<HostKey> Fresh(Host host, HostKey key, DateTimeOffset now) => key.IsExpired(now)
        ? new Problem.WrongState($"The key of host '{host.Name}' asked more than {HostKey.PendingLifetime.TotalHours:0} hours ago and counts no more; its agent asks again.")
        : key;

    private static Answer<HostKey> Missing(string error) => new Problem.Invalid(Field, error) { Code = Ambiguous };

    private static Answer<HostKey> NotWaiting(Host host, string what) => new Problem.WrongState($"{what} host '{host.Name}'.");
}
