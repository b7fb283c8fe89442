namespace TaskConsole.Console.Components.Output;

/// <summary>What SGR can say of a text besides its colours.</summary>
[Flags]
public enum TextTraits
{
    None = 0,
    Bold = 1,
    Dim = 2,
    Italic = 4,
    Underline = 8,
    Inverse = 16,
    Strike = 32,
}

/// <summary>How a piece of output is drawn. A colour is <see cref="DefaultColour"/>, 0 to 255 of the terminal's palette, or <see cref="TrueColour"/> with RGB.</summary>
public readonly record struct TextStyle(int Foreground, int Background, TextTraits Traits)
{
    /// <summary>The view's own colour.</summary>
    public const int DefaultColour = -1;

    /// <summary>Bit that marks 24-bit RGB.</summary>
    public const int TrueColour = 1 << 24;

    private static readonly int[] Cube = [0, 95, 135, 175, 215, 255];

    /// <summary>Nothing special.</summary>
    public static TextStyle Plain { get; } = new(DefaultColour, DefaultColour, TextTraits.None);

    /// <summary>Classes for the palette's 16 colours and the traits; null when there are none.</summary>
    public string? Classes()
    {
        if (this == Plain)
        {
            return null;
        }

        var (front, back) = Seen();
        var classes = new List<string>(4);
        if (front is >= 0 and < 16)
        {
            classes.Add($"f{front}");
        }
        else if (front == DefaultColour && Traits.HasFlag(TextTraits.Inverse))
        {
            classes.Add("f-back");
        }

        if (back is >= 0 and < 16)
        {
            classes.Add($"b{back}");
        }
        else if (back == DefaultColour && Traits.HasFlag(TextTraits.Inverse))
        {
            classes.Add("b-ink");
        }

        foreach (var (trait, name) in TraitClasses)
        {
            if (Traits.HasFlag(trait))
            {
                classes.Add(name);
            }
        }

        return classes.Count == 0 ? null : string.Join(' ', classes);
    }

    /// <summary>Inline colours for what is not in the palette's 16; made of numbers alone, null when there are none.</summary>
    public string? Colours()
    {
        var (front, back) = Seen();
        var text = (front >= 16 ? $"color:{Hex(front)};" : "") + (back >= 16 ? $"background-color:{Hex(back)};" : "");
        return text.Length == 0 ? null : text;
    }

    private static readonly (TextTraits Trait, string Name)[] TraitClasses =
    [
        (TextTraits.Bold, "t-bold"), (TextTraits.Dim, "t-dim"), (TextTraits.Italic, "t-italic"),
        (TextTraits.Underline, "t-under"), (TextTraits.Strike, "t-strike"),
    ];

    private (int Front, int Back) Seen() => Traits.HasFlag(TextTraits.Inverse) ? (Background, Foreground) : (Foreground, Background);

    private static string Hex(int colour) => FormattableString.Invariant($"#{Rgb(colour):x6}");

    private static int Rgb(int colour)
    {
        if ((colour & TrueColour) != 0)
        {
            return colour & 0xffffff;
        }

        if (colour >= 232)
        {
            var grey = 8 + ((colour - 232) * 10);
            return (grey << 16) | (grey << 8) | grey;
        }

        var index = colour - 16;
        return (Cube[index / 36] << 16) | (Cube[index / 6 % 6] << 8) | Cube[index % 6];
    }
}
