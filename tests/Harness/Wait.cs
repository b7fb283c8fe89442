using System.Diagnostics;

namespace TaskConsole.Harness;

/// <summary>Waits for a condition with a deadline; no test sleeps for a fixed time.</summary>
public static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until there is an answer; fails the test at the deadline.</summary>
    public static async Task<T> ForAsync<T>(string what, Func<Task<T?>> ask, TimeSpan? patience = null)
        where T : class
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(begin) > (patience ?? Patience))
            {
                throw new TimeoutException($"Waited in vain for {what}.");
            }

            await Task.Delay(Interval);
        }
    }

    /// <summary>Asks until it is so; fails the test at the deadline.</summary>
    public static Task UntilAsync(string what, Func<Task<bool>> ask, TimeSpan? patience = null) =>
        ForAsync(what, async () => await ask() ? "yes" : null, patience);

    /// <summary>Asks fifty times a second until the answer is as wanted; fails at the deadline.</summary>
    public static async Task<T> EachAsync<T>(string what, Func<Task<T>> ask, Predicate<T> wanted, TimeSpan patience)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (wanted(answer))
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(begin) > patience)
            {
                throw new TimeoutException($"Waited in vain for {what}: {answer}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
