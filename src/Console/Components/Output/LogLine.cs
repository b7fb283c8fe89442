namespace TaskConsole.Console.Components.Output;

/// <summary>What a line of the view is.</summary>
public enum LogLineKind
{
    Stdout,
    Stderr,

    /// <summary>Stands for bytes that were left out.</summary>
    Omitted,
}

/// <summary>A piece of a line in one style.</summary>
public readonly record struct TextRun(string Text, TextStyle Style);

/// <summary>A line of output as it is shown: no control character is left in it. While its stream still writes to it, it is open.</summary>
public sealed class LogLine
{
    private LineCells? _cells;
    private TextRun[] _runs = [];

    internal LogLine(LogLineKind kind, LineCells? cells)
    {
        Kind = kind;
        _cells = cells;
    }

    public LogLineKind Kind { get; }

    /// <summary>With Omitted: bytes that this line stands for.</summary>
    public long OmittedBytes { get; init; }

    /// <summary>Characters past the longest line that is shown.</summary>
    public int HiddenCharacters { get; private set; }

    /// <summary>The text in its styles.</summary>
    public IReadOnlyList<TextRun> Runs
    {
        get
        {
            if (_cells is { Changed: true } open)
            {
                (_runs, HiddenCharacters) = open.ToRuns();
            }

            return _runs;
        }
    }

    /// <summary>The text alone.</summary>
    public string Text => Runs.Count switch { 0 => "", 1 => Runs[0].Text, _ => string.Concat(Runs.Select(run => run.Text)) };

    internal int Length => _cells?.Length ?? _runs.Sum(run => run.Text.Length);

    internal void Close()
    {
        _ = Runs;
        _cells = null;
    }
}
