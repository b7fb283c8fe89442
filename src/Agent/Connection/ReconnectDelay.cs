using System.Security.Cryptography;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// Full jitter: the wait is anywhere between nothing and a bound that doubles from 250 ms to 5 s, so that a
/// fleet that lost its hub does not come back at once.
/// </summary>
internal sealed class ReconnectDelay
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private TimeSpan _bound = First;

    /// <summary>After a session that was welcomed.</summary>
    public void Reset() => _bound = First;

    public TimeSpan Next()
    {
        var delay = Jitter(_bound);
        _bound = _bound * 2 < Longest ? _bound * 2 : Longest;
        return delay;
    }

    /// <summary>Anywhere between nothing and this.</summary>
    public static TimeSpan Jitter(TimeSpan bound) =>
        TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)bound.TotalMilliseconds + 1));
}
