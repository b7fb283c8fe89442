using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Pages;

/// <summary>A figure over time: where it began after the warm-up, where it ended, and the straight line through all between.</summary>
/// <param name="What">The figure.</param>
/// <param name="First">Mean of the first fifth after the warm-up.</param>
/// <param name="Last">Mean of the last fifth.</param>
/// <param name="PerMinute">Slope of the least-squares line.</param>
internal sealed record Growth(string What, double First, double Last, double PerMinute)
{
    /// <summary>Leaves out the first fifth of the time as warm-up.</summary>
    public static Growth Of(string what, IReadOnlyList<PageSample> samples, Func<PageSample, double> figure)
    {
        var after = samples.Where(sample => sample.Seconds >= samples[^1].Seconds / 5).ToList();
        var fifth = Math.Max(1, after.Count / 5);
        var trend = Trend.Of(after.Select(sample => new Sample(sample.Seconds, figure(sample))), 0, double.MaxValue);
        return new Growth(what, after.Take(fifth).Average(figure), after.TakeLast(fifth).Average(figure), trend.PerHour / 60);
    }
}
