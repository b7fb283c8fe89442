using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Stories;

/// <summary>A status with its reason, as the details of a story write it: <c>Failed/ExitCode</c>, <c>Succeeded</c>.</summary>
public readonly record struct Verdict(CommandHostStatus Status, Reason? Reason)
{
    public override string ToString() => Reason is null ? $"{Status}" : $"{Status}/{Reason}";

    /// <summary>Reads what <see cref="ToString"/> wrote, at the beginning of a detail; what follows a comma or semicolon is left.</summary>
    public static bool TryRead(string? detail, out Verdict verdict)
    {
        verdict = default;
        var words = detail?.Split(',', ';')[0].Trim().Split('/') ?? [];
        if (words.Length is 0 or > 2 || !Enum.TryParse<CommandHostStatus>(words[0], out var status))
        {
            return false;
        }

        if (words.Length == 1)
        {
            verdict = new Verdict(status, null);
            return true;
        }

        var known = Enum.TryParse<Reason>(words[1], out var reason);
        verdict = new Verdict(status, reason);
        return known;
    }
}

/// <summary>One verdict in the place of another: <c>Failed/AgentLost → Succeeded</c>, with who changed it and why after a semicolon.</summary>
/// <param name="From">What stood before.</param>
/// <param name="To">What stands now.</param>
/// <param name="Said">Who changed it and what they said; null: nobody, a late word did.</param>
public readonly record struct VerdictChange(Verdict From, Verdict To, string? Said = null)
{
    private const string Arrow = " → ";
    private const string Then = "; ";

    public override string ToString() => Said is null ? $"{From}{Arrow}{To}" : $"{From}{Arrow}{To}{Then}{Said}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryRead(string? detail, out VerdictChange change)
    {
        change = default;
        if (detail is null)
        {
            return false;
        }

        var end = detail.IndexOf(Then, StringComparison.Ordinal);
        var sides = (end < 0 ? detail : detail[..end]).Split(Arrow);
        if (sides.Length != 2 || !Verdict.TryRead(sides[0], out var from) || !Verdict.TryRead(sides[1], out var to))
        {
            return false;
        }

        change = new VerdictChange(from, to, end < 0 ? null : detail[(end + Then.Length)..]);
        return true;
    }
}
