using System.Buffers;
using System.Text;

namespace TaskConsole.Agent.Masking;

/// <summary>The byte sequences in which a secret value shows up in the output of a script.</summary>
internal static class SecretForms
{
    /// <summary>The least length of a line of a value that is masked alone, in bytes: shorter ones are common words.</summary>
    public const int ShortestLine = 6;

    // A form that is as short as that is no secret any more: to mask it would ruin the output.
    private const int ShortestForm = 4;

    private static readonly JsonEscaping[] JsonEscapings = [JsonEscaping.Least, JsonEscaping.Ascii, JsonEscaping.Html];

    // What encoders escape beyond the standard: nothing (jq, JavaScript), all but ASCII (Python), < > & (Go).
    private enum JsonEscaping
    {
        Least,
        Ascii,
        Html,
    }

    /// <summary>
    /// The forms of all <paramref name="secrets"/>, none of them empty, some perhaps twice: the value, trimmed,
    /// with LF and with CRLF line ends, with runs of blanks folded as by an unquoted expansion of the shell,
    /// JSON-escaped, with its own escapes (<c>\n</c>) carried out as by echo, and each of its lines of
    /// <see cref="ShortestLine"/> bytes and more. A value that is empty or
    /// blank has none.
    /// </summary>
    public static List<byte[]> Of(IEnumerable<byte[]> secrets)
    {
        var forms = new List<byte[]>();
        var escaped = new ArrayBufferWriter<byte>();
        foreach (var value in secrets)
        {
            if (Trimmed(value).IsEmpty)
                continue;
            var first = forms.Count;
            AddForms(value, forms, escaped);
            for (var i = forms.Count - 1; i >= first; i--)
            {
                if (forms[i].Length < ShortestForm && forms[i].Length < value.Length)
                    forms.RemoveAt(i);
            }
        }

        return forms;
    }

    private static void AddForms(byte[] value, List<byte[]> forms, ArrayBufferWriter<byte> escaped)
    {
        AddPrinted(value, forms, escaped);
        if (value.AsSpan().Contains((byte)'\\'))
            AddEchoed(value, forms);
        var hasLines = value.AsSpan().ContainsAny((byte)'\n', (byte)'\r');
        if (!hasLines)
            return;
        var lineFeeds = WithLineFeeds(value);
        if (lineFeeds.Length != value.Length)
            AddPrinted(lineFeeds, forms, escaped);
        var carriageReturns = WithCarriageReturns(lineFeeds);
        if (carriageReturns.Length != value.Length)
            Add(carriageReturns, forms);
        AddLines(value, forms);
    }

    // The value as a script or a program that it calls prints it.
    private static void AddPrinted(byte[] value, List<byte[]> forms, ArrayBufferWriter<byte> escaped)
    {
        Add(value, forms);
        forms.Add(Folded(value));
        foreach (var escaping in JsonEscapings)
        {
            // The whole of what an encoder makes of a value that needs no escaping is the value.
            if (NeedsEscaping(value, escaping))
                AddEscaped(value, escaping, forms, escaped);
        }
    }

    private static void AddEscaped(byte[] value, JsonEscaping escaping, List<byte[]> forms, ArrayBufferWriter<byte> escaped)
    {
        escaped.ResetWrittenCount();
        WriteEscaped(value, escaping, escaped);
        forms.Add(escaped.WrittenSpan.ToArray());
        var trimmed = Trimmed(value);
        if (trimmed.Length == value.Length)
            return;
        escaped.ResetWrittenCount();
        WriteEscaped(trimmed, escaping, escaped);
        forms.Add(escaped.WrittenSpan.ToArray());
    }

    // The echo of many a /bin/sh carries out what looks like an escape, and so does who reads a key out of JSON.
    private static void AddEchoed(byte[] value, List<byte[]> forms)
    {
        var echoed = Echoed(value);
        if (Trimmed(echoed).IsEmpty)
            return;
        Add(echoed, forms);
        AddLines(echoed, forms);
        forms.Add(Echoed(Folded(value)));
    }

    private static void AddLines(ReadOnlySpan<byte> value, List<byte[]> forms)
    {
        foreach (var range in value.SplitAny((byte)'\n', (byte)'\r'))
        {
            var line = value[range];
            var trimmed = Trimmed(line);
            if (line.Length >= ShortestLine && trimmed.Length > 0)
                forms.Add(line.ToArray());
            if (trimmed.Length >= ShortestLine && trimmed.Length != line.Length)
                forms.Add(trimmed.ToArray());
        }
    }

    private static void Add(byte[] value, List<byte[]> forms)
    {
        forms.Add(value);
        var trimmed = Trimmed(value);
        if (trimmed.Length != value.Length)
            forms.Add(trimmed.ToArray());
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> value) => value.Trim(" \t\n\v\f\r"u8);

    private static byte[] WithLineFeeds(byte[] value)
    {
        var result = new byte[value.Length - value.AsSpan().Count("\r\n"u8)];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '\r' || i + 1 == value.Length || value[i + 1] != '\n')
                result[length++] = value[i];
        }

        return result;
    }

    private static byte[] WithCarriageReturns(byte[] lineFeeds)
    {
        var result = new byte[lineFeeds.Length + lineFeeds.AsSpan().Count((byte)'\n')];
        var length = 0;
        foreach (var letter in lineFeeds)
        {
            if (letter == '\n')
                result[length++] = (byte)'\r';
            result[length++] = letter;
        }

        return result;
    }

    // The shell's IFS: CR is no blank to it.
    private static byte[] Folded(byte[] value)
    {
        var result = new byte[value.Length];
        var length = 0;
        foreach (var range in value.AsSpan().SplitAny(" \t\n"u8))
        {
            var word = value.AsSpan()[range];
            if (word.IsEmpty)
                continue;
            if (length > 0)
                result[length++] = (byte)' ';
            word.CopyTo(result.AsSpan(length));
            length += word.Length;
        }

        return length == value.Length ? result : result[..length];
    }

    private static byte[] Echoed(byte[] value)
    {
        var result = new byte[value.Length];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var meant = value[i] == '\\' && i + 1 < value.Length ? "abfnrtv\\"u8.IndexOf(value[i + 1]) : -1;
            result[length++] = meant < 0 ? value[i] : "\a\b\f\n\r\t\v\\"u8[meant];
            if (meant >= 0)
                i++;
        }

        return result[..length];
    }

    private static bool NeedsEscaping(ReadOnlySpan<byte> value, JsonEscaping escaping) => escaping switch
    {
        JsonEscaping.Ascii => !Ascii.IsValid(value),
        JsonEscaping.Html => value.ContainsAny("<>&"u8),
        _ => value.ContainsAny((byte)'"', (byte)'\\') || value.ContainsAnyInRange((byte)0, (byte)0x1F),
    };

    private static void WriteEscaped(ReadOnlySpan<byte> value, JsonEscaping escaping, ArrayBufferWriter<byte> result)
    {
        while (!value.IsEmpty)
        {
            // Bytes that are no UTF-8 stay as they are.
            var valid = Rune.DecodeFromUtf8(value, out var rune, out var length) == OperationStatus.Done;
            if (valid)
                WriteEscaped(rune, value[..length], escaping, result);
            else
                result.Write(value[..length]);
            value = value[length..];
        }
    }

    private static void WriteEscaped(Rune rune, ReadOnlySpan<byte> bytes, JsonEscaping escaping, ArrayBufferWriter<byte> result)
    {
        var shortForm = rune.Value switch
        {
            '"' => "\\\""u8,
            '\\' => @"\\"u8,
            '\b' => @"\b"u8,
            '\t' => @"\t"u8,
            '\n' => @"\n"u8,
            '\f' => @"\f"u8,
            '\r' => @"\r"u8,
            _ => [],
        };
        if (!shortForm.IsEmpty)
            result.Write(shortForm);
        else if (rune.Value < ' ' || (escaping == JsonEscaping.Ascii && !rune.IsAscii) || (escaping == JsonEscaping.Html && rune.Value is '<' or '>' or '&'))
            WriteCodeUnits(rune, result);
        else
            result.Write(bytes);
    }

    private static void WriteCodeUnits(Rune rune, ArrayBufferWriter<byte> result)
    {
        Span<char> units = stackalloc char[2];
        foreach (var unit in units[..rune.EncodeToUtf16(units)])
        {
            result.Write(@"\u"u8);
            for (var shift = 12; shift >= 0; shift -= 4)
                result.Write("0123456789abcdef"u8.Slice((unit >> shift) & 0xF, 1));
        }
    }
}
