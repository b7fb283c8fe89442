using System.Globalization;

namespace TaskConsole.Swarm.Flood;

/// <summary>What the real agents run: without end, and telling in a file how far they came and how long each block of lines took.</summary>
internal static class FloodScript
{
    private const string Line = "the quick brown fox jumps over the lazy dog";

    /// <summary>As fast as it can.</summary>
    public const string FlatOut = $"exec yes '{Line}'\n";

    /// <summary>A block of lines, a pause, and again: it would be later and later if anybody made it wait.</summary>
    public const string Paced =
        $$"""
        lines=0
        while :; do
          begin=$(date +%s%N)
          yes '{{Line}}' | head -n 5000
          end=$(date +%s%N)
          lines=$((lines + 5000))
          echo "$lines $(((end - begin) / 1000))" >>"$COUNTS"
          sleep 0.1
        done

        """;

    /// <summary>What a paced script told of itself.</summary>
    public static FloodCounts Read(string counts)
    {
        if (!File.Exists(counts))
        {
            return new FloodCounts(0, [0]);
        }

        var rows = File.ReadLines(counts).Select(row => row.Split(' ')).Where(row => row is [{ Length: > 0 }, { Length: > 0 }]).ToList();
        return rows.Count == 0
            ? new FloodCounts(0, [0])
            : new FloodCounts(Number(rows[^1][0]), [.. rows.Select(row => Number(row[1]) / 1_000.0).Order()]);

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }
}

/// <summary>How far a script came.</summary>
/// <param name="Lines">Lines that it printed.</param>
/// <param name="BlockMilliseconds">How long each block of 5,000 lines took to print, in order of length.</param>
internal sealed record FloodCounts(long Lines, IReadOnlyList<double> BlockMilliseconds);
