using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Components.Output;

/// <summary>
/// The lines of one attempt, both streams in order of arrival. Its memory is bounded: past the limits the oldest
/// lines go, are counted, and can be downloaded.
/// </summary>
public sealed class LogDocument
{
    /// <summary>Most lines that are held.</summary>
    public const int MaxLines = 100_000;

    /// <summary>Most UTF-16 characters that are held.</summary>
    public const int MaxCharacters = 4 * 1024 * 1024;

    private readonly Queue<int> _lengths = new();
    private readonly List<LogLine> _lines = [];
    private readonly StreamTerminal _stdout;
    private readonly StreamTerminal _stderr;
    private int _start;
    private long _characters;

    public LogDocument()
    {
        _stdout = new StreamTerminal(LogLineKind.Stdout, Begin, End);
        _stderr = new StreamTerminal(LogLineKind.Stderr, Begin, End);
    }

    /// <summary>Lines held.</summary>
    public int Count => _lines.Count - _start;

    /// <summary>Lines that went because of the limits; the number of the first line held is one more.</summary>
    public int Dropped { get; private set; }

    /// <summary>A line, from 0 for the first one held.</summary>
    public LogLine this[int index] => _lines[_start + index];

    /// <summary>Takes what was produced next.</summary>
    public void Append(OutputChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var terminal = chunk.Stream == OutputStream.Stderr ? _stderr : _stdout;
        if (chunk.Omitted)
        {
            terminal.Break();
            Begin(new LogLine(LogLineKind.Omitted, null) { OmittedBytes = chunk.Length });
        }
        else
        {
            terminal.Write(chunk.Content.Span);
        }

        Trim();
    }

    /// <summary>Nothing follows.</summary>
    public void Complete()
    {
        _stdout.Break();
        _stderr.Break();
        Trim();
    }

    private void Begin(LogLine line) => _lines.Add(line);

    private void End(LogLine line)
    {
        _characters += line.Length;
        _lengths.Enqueue(line.Length);
    }

    private void Trim()
    {
        while (Count > MaxLines || (_characters > MaxCharacters && Count > 1))
        {
            _lines[_start] = null!;
            _start++;
            Dropped++;
            if (_lengths.TryDequeue(out var length))
            {
                _characters -= length;
            }
        }

        if (_start > MaxLines / 4)
        {
            _lines.RemoveRange(0, _start);
            _start = 0;
        }
    }
}
