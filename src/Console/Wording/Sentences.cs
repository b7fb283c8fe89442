using System.Globalization;
using System.Resources;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskConsole.Console.Resources;

namespace TaskConsole.Console.Wording;

/// <summary>
/// Makes the sentences of coded messages from the texts of one language. A sentence names its arguments: <c>{count}</c>. It has
/// the forms <c>.One</c> and <c>.Other</c> where it depends on the argument <c>count</c>, and a form for each value of the
/// argument <c>case</c>. An argument that has words of its own, such as <c>Argument.errno.2</c>, is told by them.
/// </summary>
internal sealed partial class Sentences
{
    private static readonly ResourceManager Texts = new(typeof(Text));
    private readonly CultureInfo _culture;

    private Sentences(CultureInfo culture) => _culture = culture;

    /// <summary>English: what REST and SignalR say.</summary>
    public static Sentences English { get; } = new(CultureInfo.InvariantCulture);

    /// <summary>In the language of the reader whose request or circuit this is.</summary>
    public static Sentences Current => new(CultureInfo.CurrentUICulture);

    /// <summary>The sentence; the code with its arguments where this console has no text for it, because another version wrote it.</summary>
    /// <param name="kind">What kind of message it is; the first part of the text's key.</param>
    /// <param name="message">The message.</param>
    public string Of(string kind, CodedMessage message) => Find($"{kind}.{message.Code}", message) is { } text ? Fill(text, message) : message.ToString();

    /// <summary>Sentences one after the other, as the language writes them; null: there are none.</summary>
    public string? Join(IEnumerable<string> sentences) => string.Join(IsChinese ? "" : " ", sentences) is { Length: > 0 } joined ? joined : null;

    private bool IsChinese => _culture.TwoLetterISOLanguageName == "zh";

    private string? Find(string key, CodedMessage message) =>
        Texts.GetString(key, _culture)
        ?? (message.Arguments.TryGetValue("case", out var form) ? Texts.GetString($"{key}.{form}", _culture) : null)
        ?? Texts.GetString(key + (IsOne(message) ? ".One" : ".Other"), _culture);

    private static bool IsOne(CodedMessage message) =>
        message.Arguments.TryGetValue("count", out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var number) && number == 1;

    private string Fill(string text, CodedMessage message) => Place().Replace(
        text,
        place => message.Arguments.TryGetValue(place.Groups["name"].Value, out var value) ? Tell(place.Groups["name"].Value, value) : "?");

    private string Tell(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return string.Join(IsChinese ? "、" : ", ", value.EnumerateArray().Select(item => Tell(name, item)));
        }

        var told = value.ToString();
        return Texts.GetString($"Argument.{name}.{told}", _culture)
            ?? Texts.GetString($"Argument.{name}", _culture)?.Replace("{value}", told, StringComparison.Ordinal)
            ?? told;
    }

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Place();
}
