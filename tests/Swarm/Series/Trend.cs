using System.Globalization;

namespace TaskConsole.Swarm.Series;

/// <summary>The straight line through samples, by least squares, and how far they lie apart.</summary>
/// <param name="PerHour">How much it rises in an hour.</param>
/// <param name="Mean">The mean of the samples.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Most">The most of them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Trend(double PerHour, double Mean, double Least, double Most, int Count)
{
    private const double SecondsPerHour = 3_600;

    /// <summary>How much it rises in an hour, with its sign.</summary>
    // A zero has none: to add one takes it off.
    public string Slope => (Math.Round(PerHour, 1) + 0.0).ToString("+0.0;-0.0", CultureInfo.InvariantCulture);

    /// <summary>The trend of the samples of a time.</summary>
    public static Trend Of(IEnumerable<Sample> all, double fromSeconds, double toSeconds)
    {
        var samples = all.Where(sample => sample.Seconds >= fromSeconds && sample.Seconds <= toSeconds).ToList();
        if (samples.Count < 2)
        {
            return new Trend(double.NaN, double.NaN, double.NaN, double.NaN, samples.Count);
        }

        var (middle, mean) = (samples.Average(sample => sample.Seconds), samples.Average(sample => sample.Value));
        var rise = samples.Sum(sample => (sample.Seconds - middle) * (sample.Value - mean)) / samples.Sum(sample => Math.Pow(sample.Seconds - middle, 2));
        return new Trend(rise * SecondsPerHour, mean, samples.Min(sample => sample.Value), samples.Max(sample => sample.Value), samples.Count);
    }
}
