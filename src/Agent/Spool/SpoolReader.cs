namespace TaskConsole.Agent.Spool;

/// <summary>
/// Reads both streams of an attempt in order of arrival, from any offset, while it runs or after. The files
/// are the truth, so that a restarted agent reads just the same.
/// </summary>
internal sealed class SpoolReader(string folder, SpoolLimits limits) : IDisposable
{
    private readonly SpoolFiles _files = new(folder);
    private SpoolCursor? _stdout;
    private SpoolCursor? _stderr;

    public SpoolCursor Stdout => _stdout ??= new SpoolCursor(_files, SpoolStream.Stdout, limits, 0);

    public SpoolCursor Stderr => _stderr ??= new SpoolCursor(_files, SpoolStream.Stderr, limits, 0);

    /// <summary>Goes to this byte, forwards or back.</summary>
    public void Seek(SpoolStream stream, long offset)
    {
        if (stream == SpoolStream.Stdout)
        {
            _stdout?.Dispose();
            _stdout = new SpoolCursor(_files, stream, limits, offset);
        }
        else
        {
            _stderr?.Dispose();
            _stderr = new SpoolCursor(_files, stream, limits, offset);
        }
    }

    /// <summary>The cursor whose next frame arrived first, and that frame; null when nothing is there (yet).</summary>
    public (SpoolCursor Cursor, SpoolFrame Frame)? Next()
    {
        var hasStdout = Stdout.TryPeek(out var stdout);
        var hasStderr = Stderr.TryPeek(out var stderr);
        return (hasStdout, hasStderr) switch
        {
            (true, true) => stdout.Order < stderr.Order ? (Stdout, stdout) : (Stderr, stderr),
            (true, false) => (Stdout, stdout),
            (false, true) => (Stderr, stderr),
            _ => null,
        };
    }

    /// <summary>Where each stream ends now.</summary>
    public static (long Stdout, long Stderr) Measure(string folder, SpoolLimits limits)
    {
        using var reader = new SpoolReader(folder, limits);
        return (reader.Stdout.SkipToEnd(), reader.Stderr.SkipToEnd());
    }

    public void Dispose()
    {
        _stdout?.Dispose();
        _stderr?.Dispose();
    }
}
