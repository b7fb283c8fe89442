using System.Globalization;

namespace TaskConsole.Swarm.Series;

/// <summary>Samples of several figures over time; one that was not taken is NaN.</summary>
internal sealed class TimeSeries(params string[] columns)
{
    private readonly List<(double Seconds, double[] Values)> _rows = [];

    public void Add(double seconds, params double[] values)
    {
        lock (_rows)
        {
            _rows.Add((seconds, values));
        }
    }

    /// <summary>The samples of a figure, by seconds.</summary>
    public IReadOnlyList<Sample> Of(string column)
    {
        var place = Array.IndexOf(columns, column);
        lock (_rows)
        {
            return [.. _rows.Where(row => !double.IsNaN(row.Values[place])).Select(row => new Sample(row.Seconds, row.Values[place]))];
        }
    }

    public Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        lock (_rows)
        {
            var lines = _rows.Select(row => string.Join(',', row.Values.Prepend(row.Seconds).Select(value => double.IsNaN(value) ? "" : value.ToString("0.##", CultureInfo.InvariantCulture)))).ToList();
            return File.WriteAllLinesAsync(file, lines.Prepend("seconds," + string.Join(',', columns)), cancellationToken);
        }
    }
}

/// <summary>One sample.</summary>
internal readonly record struct Sample(double Seconds, double Value);
