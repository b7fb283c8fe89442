using System.Diagnostics;

namespace TaskConsole.Agent.Tests;

/// <summary>Waits for a condition with a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? most = null) =>
        SomethingAsync(() => condition() ? "" : null, what, most);

    public static async Task<T> SomethingAsync<T>(Func<T?> find, string what, TimeSpan? most = null)
        where T : class
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            if (find() is { } found)
                return found;
            if (Stopwatch.GetElapsedTime(since) > (most ?? Usual))
                throw new TimeoutException($"Not in time: {what}.");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
