using System.Text;

namespace TaskConsole.Console.Components.Output;

/// <summary>The line that a stream writes now: cells that a carriage return, a backspace or an erase can still change.</summary>
internal sealed class LineCells
{
    /// <summary>Longest line that is shown, in UTF-16 characters; what is longer is counted and can be downloaded.</summary>
    public const int MaxLength = 8_192;

    private readonly StringBuilder _text = new();
    private readonly List<TextStyle> _styles = [];
    private int _column;
    private int _hidden;

    /// <summary>Whether it changed since the last <see cref="ToRuns"/>.</summary>
    public bool Changed { get; private set; } = true;

    public int Length => _text.Length;

    public void Put(char character, TextStyle style)
    {
        Changed = true;
        if (_column >= MaxLength)
        {
            _hidden++;
            return;
        }

        while (_text.Length < _column)
        {
            _text.Append(' ');
            _styles.Add(TextStyle.Plain);
        }

        if (_column == _text.Length)
        {
            _text.Append(character);
            _styles.Add(style);
        }
        else
        {
            _text[_column] = character;
            _styles[_column] = style;
        }

        _column++;
    }

    public void MoveTo(int column) => _column = Math.Clamp(column, 0, MaxLength);

    public void MoveBy(int columns) => MoveTo(_column + Math.Clamp(columns, -MaxLength, MaxLength));

    /// <summary>EL: 0 to the end of the line, 1 from its beginning, 2 all of it.</summary>
    public void Erase(int mode)
    {
        Changed = true;
        var (from, to) = mode switch { 0 => (_column, _text.Length), 1 => (0, Math.Min(_column + 1, _text.Length)), 2 => (0, _text.Length), _ => (0, 0) };
        if (to == _text.Length && from <= to)
        {
            _text.Length = from;
            _styles.RemoveRange(from, to - from);
            _hidden = 0;
            return;
        }

        for (var index = from; index < to; index++)
        {
            _text[index] = ' ';
            _styles[index] = TextStyle.Plain;
        }
    }

    /// <summary>The cells as runs, every surrogate in a pair, and how many characters are not shown.</summary>
    public (TextRun[] Runs, int Hidden) ToRuns()
    {
        Changed = false;
        var text = Whole(_text.ToString());
        var runs = new List<TextRun>(1);
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            while (end < text.Length && (_styles[end] == _styles[start] || char.IsLowSurrogate(text[end])))
            {
                end++;
            }

            runs.Add(new TextRun(text[start..end], _styles[start]));
            start = end;
        }

        return ([.. runs], _hidden);
    }

    /// <summary>A carriage return can overwrite half of a pair; half a character is none.</summary>
    private static string Whole(string text)
    {
        StringBuilder? repaired = null;
        for (var index = 0; index < text.Length; index++)
        {
            if (!char.IsSurrogate(text[index]))
            {
                continue;
            }

            if (index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]))
            {
                index++;
                continue;
            }

            repaired ??= new StringBuilder(text);
            repaired[index] = '\ufffd';
        }

        return repaired?.ToString() ?? text;
    }
}
