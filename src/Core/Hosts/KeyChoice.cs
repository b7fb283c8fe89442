using System.Diagnostics.CodeAnalysis;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Hosts;

/// <summary>Which key of a host a person means. Named by its fingerprint wherever more than one agent may be meant.</summary>
internal static class KeyChoice
{
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
            problem = new Problem.Invalid(Field, HostProblemCode.Fingerprint);
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
                _ => NotWaiting(host, HostProblemCode.KeyNotWaiting),
            };
        }

        if (host.DuplicateSince is not null)
        {
            return Missing(host, "Duplicate");
        }

        if (pending.Count == 0)
        {
            return NotWaiting(host, HostProblemCode.NoKeyWaits);
        }

        var waiting = pending.Where(key => !key.IsExpired(now)).ToList();
        if (waiting.Count > 1)
        {
            return Missing(host, "Several", waiting.Count);
        }

        var only = waiting.Count == 1 ? waiting[0] : pending[0];
        return waiting.Count == 1 && keys.Any(key => key.Status == HostKeyStatus.Active)
            ? Missing(host, "Replacement")
            : Fresh(host, only, now);
    }

    /// <summary>The key that a rejection means.</summary>
    public static Answer<HostKey> ToReject(Host host, IReadOnlyList<HostKey> pending, byte[]? fingerprint)
    {
        if (fingerprint is null && pending.Count > 1)
        {
            return Missing(host, "Several", pending.Count);
        }

        return pending.FirstOrDefault(key => fingerprint is null || key.Fingerprint.AsSpan().SequenceEqual(fingerprint)) is { } chosen
            ? chosen
            : NotWaiting(host, fingerprint is null ? HostProblemCode.NoKeyWaits : HostProblemCode.KeyNotWaiting);
    }

    private static Answer<HostKey> Fresh(Host host, HostKey key, DateTimeOffset now) => key.IsExpired(now)
        ? new Problem.WrongState(HostProblemCode.KeyExpired, ("host", host.Name), ("hours", (int)HostKey.PendingLifetime.TotalHours))
        : key;

    private static Answer<HostKey> Missing(Host host, string which, int waiting = 1) =>
        new Problem.Invalid(Field, HostProblemCode.KeyAmbiguous, ("case", which), ("host", host.Name), ("count", waiting));

    private static Answer<HostKey> NotWaiting(Host host, string code) => new Problem.WrongState(code, ("host", host.Name));
}
