using System.Globalization;
using System.Text;

namespace TaskConsole.Console.Components.Output;

/// <summary>
/// Turns the bytes of one stream into lines: UTF-8 (what is not becomes U+FFFD), SGR colours, and the few controls
/// that change the line one is on. Every other control or escape sequence is swallowed, however it is cut; a line
/// break ends a sequence that was never finished, so that nothing can hide what follows.
/// </summary>
internal sealed class StreamTerminal(LogLineKind kind, Action<LogLine> begin, Action<LogLine> end)
{
    private const int LongestSequence = 512;
    private const char Escape = '\u001b';
    private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
    private readonly StringBuilder _parameters = new();
    private TextStyle _style = TextStyle.Plain;
    private State _state;
    private LineCells? _cells;
    private LogLine? _line;

    private enum State
    {
        Ground,
        Escape,
        Charset,
        Csi,
        String,
        StringEscape,
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[1024];
        while (!bytes.IsEmpty)
        {
            _decoder.Convert(bytes, characters, flush: false, out var read, out var written, out _);
            bytes = bytes[read..];
            foreach (var character in characters[..written])
            {
                Take(character);
            }
        }
    }

    /// <summary>Nothing follows, or what follows does not join: ends the line and forgets colours and half sequences.</summary>
    public void Break()
    {
        Span<char> rest = stackalloc char[4];
        _decoder.Convert([], rest, flush: true, out _, out var written, out _);
        foreach (var character in rest[..written])
        {
            Take(character);
        }

        _state = State.Ground;
        _style = TextStyle.Plain;
        EndLine();
    }

    private void Take(char character)
    {
        switch (character)
        {
            case '\n':
                _state = State.Ground;
                Open();
                EndLine();
                return;
            case '\u0018' or '\u001a':
                _state = State.Ground;
                return;
            case Escape:
                _state = _state is State.String ? State.StringEscape : State.Escape;
                return;
        }

        switch (_state)
        {
            case State.Ground:
                TakeText(character);
                break;
            case State.Escape or State.StringEscape:
                TakeEscape(character);
                break;
            case State.Charset:
                _state = State.Ground;
                break;
            case State.Csi:
                TakeCsi(character);
                break;
            case State.String:
                TakeString(character);
                break;
        }
    }

    private void TakeText(char character)
    {
        switch (character)
        {
            case '\r':
                _cells?.MoveTo(0);
                break;
            case '\b':
                _cells?.MoveBy(-1);
                break;
            case '\a':
                break;
            case '\u009b':
                Begin(State.Csi);
                break;
            case '\u0090' or '\u0098' or '\u009d' or '\u009e' or '\u009f':
                Begin(State.String);
                break;
            case >= '\u0080' and <= '\u009f':
                break;
            default:
                Open().Put(Visible(character), _style);
                break;
        }
    }

    private void TakeEscape(char character)
    {
        switch (character)
        {
            case '[':
                Begin(State.Csi);
                break;
            case ']' or 'P' or 'X' or '^' or '_':
                Begin(State.String);
                break;
            case >= ' ' and <= '/':
                _state = State.Charset;
                break;
            default:
                _state = State.Ground;
                break;
        }
    }

    private void TakeCsi(char character)
    {
        if (character is >= '@' and <= '~')
        {
            _state = State.Ground;
            Control(character, _parameters.ToString());
        }
        else if (character is < ' ' or > '~' || _parameters.Length >= LongestSequence)
        {
            _state = State.Ground;
        }
        else
        {
            _parameters.Append(character);
        }
    }

    private void TakeString(char character)
    {
        if (character is '\a' or '\u009c' || _parameters.Length >= LongestSequence * 16)
        {
            _state = State.Ground;
        }
        else
        {
            _parameters.Append('.');
        }
    }

    private void Control(char final, string parameters)
    {
        switch (final)
        {
            case 'm' when parameters.Length == 0 || char.IsAsciiDigit(parameters[0]) || parameters[0] is ';':
                _style = SgrParser.Apply(_style, parameters);
                break;
            case 'K':
                _cells?.Erase(Number(parameters, 0));
                break;
            case 'G' or '`':
                Open().MoveTo(Number(parameters, 1) - 1);
                break;
            case 'C' or 'a':
                Open().MoveBy(Math.Max(1, Number(parameters, 1)));
                break;
            case 'D':
                _cells?.MoveBy(-Math.Max(1, Number(parameters, 1)));
                break;
        }
    }

    private static int Number(string parameters, int otherwise) =>
        int.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static char Visible(char character) => character switch
    {
        '\t' => '\t',
        < ' ' => (char)('\u2400' + character),
        '\u007f' => '\u2421',
        '\u2028' or '\u2029' => '\u2424',

        // Marks that turn the direction of text can make a line read as another; they are shown, not obeyed.
        (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => '\ufffd',
        _ => character,
    };

    private void Begin(State state)
    {
        _parameters.Clear();
        _state = state;
    }

    private LineCells Open()
    {
        if (_cells is null)
        {
            _cells = new LineCells();
            _line = new LogLine(kind, _cells);
            begin(_line);
        }

        return _cells;
    }

    private void EndLine()
    {
        if (_line is { } line)
        {
            line.Close();
            _line = null;
            _cells = null;
            end(line);
        }
    }
}
