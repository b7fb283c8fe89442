namespace TaskConsole.Console.Components.Output;

/// <summary>A piece of a line as it is drawn.</summary>
/// <param name="Text">Plain text; Blazor encodes it.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Found">Whether it is what was looked for.</param>
public readonly record struct LinePiece(string Text, TextStyle Style, bool Found);

/// <summary>Cuts a line into the pieces that are drawn: by style, and by what is looked for.</summary>
public static class LineMarkup
{
    private const int MostHits = 200;

    public static IEnumerable<LinePiece> Pieces(LogLine line, string? find)
    {
        ArgumentNullException.ThrowIfNull(line);
        var runs = line.Runs;
        if (string.IsNullOrEmpty(find))
        {
            return runs.Select(run => new LinePiece(run.Text, run.Style, Found: false));
        }

        var hits = Hits(line.Text, find);
        return hits.Count == 0 ? runs.Select(run => new LinePiece(run.Text, run.Style, Found: false)) : Cut(runs, hits, find.Length);
    }

    private static List<int> Hits(string text, string find)
    {
        var hits = new List<int>();
        for (var at = text.IndexOf(find, StringComparison.OrdinalIgnoreCase); at >= 0 && hits.Count < MostHits; at = text.IndexOf(find, at + find.Length, StringComparison.OrdinalIgnoreCase))
        {
            hits.Add(at);
        }

        return hits;
    }

    private static IEnumerable<LinePiece> Cut(IReadOnlyList<TextRun> runs, List<int> hits, int length)
    {
        var start = 0;
        var hit = 0;
        foreach (var run in runs)
        {
            var end = start + run.Text.Length;
            for (var at = start; at < end;)
            {
                while (hit < hits.Count && hits[hit] + length <= at)
                {
                    hit++;
                }

                var inside = hit < hits.Count && hits[hit] <= at;
                var next = Math.Min(end, hit == hits.Count ? end : inside ? hits[hit] + length : hits[hit]);
                yield return new LinePiece(run.Text[(at - start)..(next - start)], run.Style, inside);
                at = next;
            }

            start = end;
        }
    }
}
