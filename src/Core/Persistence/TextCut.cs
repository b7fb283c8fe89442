namespace TaskConsole.Core.Persistence;

/// <summary>Cuts texts that are longer than a column.</summary>
internal static class TextCut
{
    /// <summary>At most so many characters, never half of one, which no database takes.</summary>
    public static string At(string text, int longest) =>
        text.Length <= longest ? text : text[..(longest > 0 && char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];
}
