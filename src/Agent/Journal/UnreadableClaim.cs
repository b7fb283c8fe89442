using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// What stands for a claim that can no longer be read. The attempt's folder still names it, so that it is
/// followed to its end or settled as any other, with the usual limits.
/// </summary>
internal static class UnreadableClaim
{
    private const int KillGraceMs = 5_000;
    private const long KeptBytes = 512 * 1024;

    public static ClaimRecord Replace(AttemptId id, DateTimeOffset claimedAt)
    {
        var limits = SessionLimits.From(null);
        return new ClaimRecord
        {
            Key = id.ToKey(),
            ClaimedAtMs = claimedAt.ToUnixTimeMilliseconds(),
            KillGraceMs = KillGraceMs,
            OutputHeadBytes = KeptBytes,
            OutputTailBytes = KeptBytes,
            OutputLiveBytesPerSecond = limits.OutputLiveBytesPerSecond,
            OutputWindowBytes = limits.OutputWindowBytes,
        };
    }
}
