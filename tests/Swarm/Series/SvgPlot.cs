using System.Globalization;
using System.Net;
using System.Text;

namespace TaskConsole.Swarm.Series;

/// <summary>A line of a panel.</summary>
internal sealed record PlotLine(string Name, IReadOnlyList<Sample> Samples);

/// <summary>Lines with a scale of their own, from zero up.</summary>
internal sealed record PlotPanel(string Title, string Unit, params PlotLine[] Lines);

/// <summary>A time that is shaded in all panels.</summary>
internal sealed record PlotSpan(string Name, double FromSeconds, double ToSeconds);

/// <summary>Panels over one axis of time, as an SVG that any browser shows.</summary>
internal sealed class SvgPlot(string title, IReadOnlyList<PlotPanel> panels, PlotSpan? shaded = null)
{
    private const int Width = 920;
    private const int PanelHeight = 190;
    private const int Left = 70;
    private const int Right = 20;
    private const int Top = 60;
    private const int Gap = 62;
    private static readonly string[] Colours = ["#1565c0", "#c62828", "#2e7d32", "#6a1b9a", "#ef6c00"];

    private readonly StringBuilder _svg = new();
    private double _seconds;

    public string Draw()
    {
        _seconds = Math.Max(60, panels.SelectMany(panel => panel.Lines).SelectMany(line => line.Samples).Select(sample => sample.Seconds).DefaultIfEmpty().Max());
        var height = Top + (panels.Count * (PanelHeight + Gap));
        Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" font-family="sans-serif" font-size="12">""");
        Add($"""<rect width="100%" height="100%" fill="#ffffff"/>""");
        Add($"""<text x="{Left}" y="24" font-size="15" fill="#212121">{WebUtility.HtmlEncode(title)}</text>""");
        for (var place = 0; place < panels.Count; place++)
        {
            DrawPanel(panels[place], Top + (place * (PanelHeight + Gap)));
        }

        return _svg.AppendLine("</svg>").ToString();
    }

    private void DrawPanel(PlotPanel panel, int top)
    {
        var step = Step(panel.Lines.SelectMany(line => line.Samples).Select(sample => sample.Value).DefaultIfEmpty().Max());
        var most = step * 5;
        if (shaded is not null)
        {
            Add($"""<rect x="{X(shaded.FromSeconds):0.#}" y="{top}" width="{X(shaded.ToSeconds) - X(shaded.FromSeconds):0.#}" height="{PanelHeight}" fill="#eceff1"/>""");
            Add($"""<text x="{X(shaded.FromSeconds) + 4:0.#}" y="{top + 14}" fill="#607d8b">{shaded.Name}</text>""");
        }

        for (var mark = 0; mark <= 5; mark++)
        {
            var y = Y(mark * step, most, top);
            Add($"""<line x1="{Left}" x2="{Width - Right}" y1="{y:0.#}" y2="{y:0.#}" stroke="#cfd8dc"/><text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end" fill="#455a64">{mark * step:0.##}</text>""");
        }

        var minutes = Step(_seconds / 60);
        for (var minute = 0.0; minute * 60 <= _seconds; minute += minutes)
        {
            Add($"""<text x="{X(minute * 60):0.#}" y="{top + PanelHeight + 16}" text-anchor="middle" fill="#455a64">{minute:0.##} min</text>""");
        }

        Add($"""<text x="{Left}" y="{top - 8}" fill="#212121">{WebUtility.HtmlEncode(panel.Title)}, {panel.Unit}</text>""");
        var x = Width - Right;
        for (var place = panel.Lines.Length - 1; place >= 0; place--)
        {
            var (line, colour) = (panel.Lines[place], Colours[place]);
            Add($"""<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{string.Join(' ', line.Samples.Select(sample => Point(sample, most, top)))}"/>""");
            Add($"""<text x="{x}" y="{top - 8}" text-anchor="end" fill="{colour}">{WebUtility.HtmlEncode(line.Name)}</text>""");
            x -= (line.Name.Length * 7) + 16;
        }
    }

    private string Point(Sample sample, double most, int top) => string.Create(CultureInfo.InvariantCulture, $"{X(sample.Seconds):0.#},{Y(sample.Value, most, top):0.#}");

    private double X(double seconds) => Left + (seconds / _seconds * (Width - Left - Right));

    private static double Y(double value, double most, int top) => top + PanelHeight - (value / most * PanelHeight);

    /// <summary>A fifth of an axis that reaches so far: 1, 2, 2.5 or 5 times a power of ten.</summary>
    private static double Step(double reach)
    {
        var least = Math.Max(reach, 0.001) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return new[] { 1, 2, 2.5, 5, 10 }.Select(times => times * power).First(step => step >= least * 0.999);
    }

    private void Add(FormattableString line) => _svg.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
