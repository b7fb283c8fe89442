namespace TaskConsole.Core.Persistence;

/// <summary>
/// When the store last failed, or made a writer wait for long. What was not said meanwhile could not be said: nobody is
/// judged by it.
/// </summary>
internal sealed class StoreHealth(TimeProvider time)
{
    private long _troubledAtMs;

    /// <summary>End of the last trouble; the beginning of time when there was none.</summary>
    public DateTimeOffset TroubledAt => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _troubledAtMs));

    public void Troubled() => Interlocked.Exchange(ref _troubledAtMs, time.GetUtcNow().ToUnixTimeMilliseconds());
}
