using System.Diagnostics;
using System.Globalization;

namespace TaskConsole.Swarm.Series;

/// <summary>Tells on standard output how a run goes, each line with the seconds since the run began.</summary>
internal sealed class RunLog
{
    /// <summary>When the run began, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>Since the run began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(Began).TotalSeconds;

    public void Tell(FormattableString line) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Seconds,7:0.0} s  ") + line.ToString(CultureInfo.InvariantCulture));
}
