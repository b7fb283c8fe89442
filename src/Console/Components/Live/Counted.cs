using Microsoft.Extensions.Localization;

namespace TaskConsole.Console.Components.Live;

/// <summary>Texts that count.</summary>
internal static class Counted
{
    /// <summary>The text <c>key.One</c> or <c>key.Other</c>, with the number as {0}.</summary>
    public static string Count(this IStringLocalizer texts, string key, int count) =>
        texts[count == 1 ? key + ".One" : key + ".Other", count.ToString("N0", System.Globalization.CultureInfo.CurrentCulture)];

    /// <summary>Milliseconds since 1970, which the browser tells in its own time zone.</summary>
    public static long? Milliseconds(this DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
