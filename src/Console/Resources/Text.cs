namespace TaskConsole.Console.Resources;

/// <summary>Names the resource files <c>Text.resx</c> and <c>Text.zh-Hans.resx</c>: every text of the pages.</summary>
public sealed class Text;
