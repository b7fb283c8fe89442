using System.Globalization;

namespace TaskConsole.Console.Components.Output;

/// <summary>Reads the parameters of an SGR sequence (<c>ESC [ … m</c>). What it does not know changes nothing.</summary>
internal static class SgrParser
{
    private const int MostParameters = 64;

    /// <summary>The style after the sequence.</summary>
    /// <param name="style">The style before it.</param>
    /// <param name="parameters">What stood between <c>[</c> and <c>m</c>.</param>
    public static TextStyle Apply(TextStyle style, ReadOnlySpan<char> parameters)
    {
        Span<int> codes = stackalloc int[MostParameters];
        var count = Read(parameters, codes);
        for (var index = 0; index < count; index++)
        {
            style = codes[index] switch
            {
                38 => style with { Foreground = Extended(codes[..count], ref index) ?? style.Foreground },
                48 => style with { Background = Extended(codes[..count], ref index) ?? style.Background },
                var code => One(style, code),
            };
        }

        return style;
    }

    private static TextStyle One(TextStyle style, int code) => code switch
    {
        0 => TextStyle.Plain,
        1 => style with { Traits = style.Traits | TextTraits.Bold },
        2 => style with { Traits = style.Traits | TextTraits.Dim },
        3 => style with { Traits = style.Traits | TextTraits.Italic },
        4 => style with { Traits = style.Traits | TextTraits.Underline },
        7 => style with { Traits = style.Traits | TextTraits.Inverse },
        9 => style with { Traits = style.Traits | TextTraits.Strike },
        22 => style with { Traits = style.Traits & ~(TextTraits.Bold | TextTraits.Dim) },
        23 => style with { Traits = style.Traits & ~TextTraits.Italic },
        24 => style with { Traits = style.Traits & ~TextTraits.Underline },
        27 => style with { Traits = style.Traits & ~TextTraits.Inverse },
        29 => style with { Traits = style.Traits & ~TextTraits.Strike },
        >= 30 and <= 37 => style with { Foreground = code - 30 },
        39 => style with { Foreground = TextStyle.DefaultColour },
        >= 40 and <= 47 => style with { Background = code - 40 },
        49 => style with { Background = TextStyle.DefaultColour },
        >= 90 and <= 97 => style with { Foreground = code - 90 + 8 },
        >= 100 and <= 107 => style with { Background = code - 100 + 8 },
        _ => style,
    };

    private static int? Extended(ReadOnlySpan<int> codes, ref int index)
    {
        var rest = codes[(index + 1)..];
        switch (rest)
        {
            case [5, >= 0 and <= 255, ..]:
                index += 2;
                return rest[1];
            case [2, >= 0 and <= 255, >= 0 and <= 255, >= 0 and <= 255, ..]:
                index += 4;
                return TextStyle.TrueColour | (rest[1] << 16) | (rest[2] << 8) | rest[3];
            default:
                index = codes.Length;
                return null;
        }
    }

    private static int Read(ReadOnlySpan<char> parameters, Span<int> codes)
    {
        if (parameters.IsEmpty)
        {
            codes[0] = 0;
            return 1;
        }

        var count = 0;
        foreach (var part in parameters.SplitAny(';', ':'))
        {
            if (count == codes.Length)
            {
                break;
            }

            var text = parameters[part];
            codes[count++] = text.IsEmpty ? 0 : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : -1;
        }

        return count;
    }
}
