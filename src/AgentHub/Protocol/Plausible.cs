namespace TaskConsole.AgentHub.Protocol;

/// <summary>
/// What numbers of an agent can be true. What is beyond cannot have been counted by a host, and a sum, a sort or a page
/// further in must not have to cope with it.
/// </summary>
internal static class Plausible
{
    /// <summary>Bytes, places in an order and sequences of a journal at most: 2^53 − 1, which is 9 PB, and exact in every JSON reader.</summary>
    private const long MaxCount = (1L << 53) - 1;

    /// <summary>Ten years: no attempt runs longer, since its timeout is a week at most.</summary>
    private const long MaxDurationMs = 10L * 366 * 24 * 3_600 * 1_000;

    /// <summary>Linux has no more process ids.</summary>
    private const int MaxProcesses = 1 << 22;

    /// <summary>2200-01-01, the first moment that is none.</summary>
    private const long EndOfTimeMs = 7_258_118_400_000;

    /// <summary>Bytes produced, or an offset in them.</summary>
    public static bool IsBytes(long bytes) => bytes is >= 0 and <= MaxCount;

    /// <summary>A place in the order of arrival, from 1.</summary>
    public static bool IsOrder(long order) => order is > 0 and <= MaxCount;

    /// <summary>How far a journal is.</summary>
    public static bool IsSequence(ulong sequence) => sequence <= MaxCount;

    /// <summary>Milliseconds that something took.</summary>
    public static bool IsDuration(long milliseconds) => milliseconds is >= 0 and <= MaxDurationMs;

    /// <summary>Processes of a host at one time.</summary>
    public static bool IsProcesses(int count) => count is >= 0 and <= MaxProcesses;

    /// <summary>A moment from 1970 to 2200 as Unix milliseconds, or 0 for none.</summary>
    public static bool IsTime(long unixMs) => unixMs is >= 0 and < EndOfTimeMs;

    /// <summary>A moment from 1970 to 2200 as Unix milliseconds.</summary>
    public static bool IsMoment(long unixMs) => unixMs > 0 && IsTime(unixMs);
}
