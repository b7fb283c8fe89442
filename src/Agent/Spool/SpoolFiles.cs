using System.Globalization;

namespace TaskConsole.Agent.Spool;

/// <summary>Names of the spool's files in the folder of an attempt.</summary>
internal sealed class SpoolFiles(string folder)
{
    /// <summary>Both streams interleaved, each up to its head limit.</summary>
    public string Head => Path.Combine(folder, "head");

    /// <summary>Part of a stream's ring past the head, beginning with this byte.</summary>
    public string Segment(SpoolStream stream, long start) =>
        Path.Combine(folder, Prefix(stream) + start.ToString("D19", CultureInfo.InvariantCulture));

    /// <summary>First bytes of the segments that exist, in order.</summary>
    public List<long> SegmentStarts(SpoolStream stream)
    {
        var prefix = Prefix(stream);
        List<long> starts = [];
        if (!Directory.Exists(folder))
            return starts;
        foreach (var path in Directory.EnumerateFiles(folder, prefix + "*"))
        {
            if (long.TryParse(Path.GetFileName(path.AsSpan())[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var start))
                starts.Add(start);
        }

        starts.Sort();
        return starts;
    }

    private static string Prefix(SpoolStream stream) => stream == SpoolStream.Stdout ? "tail-stdout-" : "tail-stderr-";
}
