namespace TaskConsole.Core.Persistence;

/// <summary>A time in which the store does not take what a writer has for it: when to try again, and what of it is worth a line in the log.</summary>
/// <param name="since">Timestamp of the clock when it began.</param>
internal sealed class StoreOutage(long since)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private int _tries;
    private string? _told;

    public long Since => since;

    /// <summary>How long to wait before the next try: doubled each time, up to 2 s.</summary>
    public TimeSpan NextDelay()
    {
        var delay = First * (1 << Math.Min(_tries++, 10));
        return delay < Longest ? delay : Longest;
    }

    /// <summary>Whether this cause has not just been told.</summary>
    public bool IsNews(string why)
    {
        var news = !string.Equals(_told, why, StringComparison.Ordinal);
        _told = why;
        return news;
    }
}
