namespace TaskConsole.Swarm.Series;

/// <summary>Quantiles of a sample: of the values that it has, none in between.</summary>
internal static class Quantile
{
    public static double Median(IReadOnlyCollection<double> values) => Of(values, 0.5);

    /// <summary>The value below which this share of them lies (0 to 1).</summary>
    public static double Of(IReadOnlyCollection<double> values, double share) =>
        values.Order().ElementAt((int)Math.Min(values.Count - 1, Math.Floor(values.Count * share)));
}
