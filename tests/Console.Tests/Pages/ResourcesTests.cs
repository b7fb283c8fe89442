using System.Globalization;
using System.Resources;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TaskConsole.Console.Components.Status;
using TaskConsole.Console.Components.Tasks.Compose;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>Every text is in both languages, every key that is used exists, and no page holds a text of its own.</summary>
public sealed partial class ResourcesTests
{
    private static readonly ResourceManager Texts = new(typeof(Text).FullName!, typeof(Text).Assembly);
    private static readonly Dictionary<string, string> English = Read("");
    private static readonly Dictionary<string, string> Chinese = Read("zh-Hans");

    [Fact]
    public void Both_languages_have_the_same_keys()
    {
        Assert.NotEmpty(English);
        Assert.Equal(English.Keys.Order(StringComparer.Ordinal), Chinese.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_text_is_empty_and_placeholders_are_the_same()
    {
        foreach (var (key, text) in English)
        {
            Assert.False(string.IsNullOrWhiteSpace(text), key);
            Assert.False(string.IsNullOrWhiteSpace(Chinese[key]), key);
            var plural = key.EndsWith(".One", StringComparison.Ordinal);
            Assert.True(plural || Placeholders(text).SetEquals(Placeholders(Chinese[key])), $"{key}: {text} / {Chinese[key]}");
        }
    }

    [Fact]
    public void Chinese_texts_are_Chinese()
    {
        var same = English.Where(text => text.Value.Any(char.IsAsciiLetter) && Chinese[text.Key] == text.Value).Select(text => text.Key).Order(StringComparer.Ordinal);
        Assert.Equal(["Language.en", "Step.Placeholder"], same);
    }

    [Fact]
    public void Every_key_that_a_page_uses_exists()
    {
        var missing = Sources()
            .SelectMany(file => UsedKeys().Matches(File.ReadAllText(file)).Select(match => (File: Path.GetFileName(file), Key: match.Groups["key"].Value, Counts: match.Groups["counts"].Success)))
            .SelectMany(used => used.Counts ? [used with { Key = used.Key + ".One" }, used with { Key = used.Key + ".Other" }] : new[] { used })
            .Where(used => !used.Key.EndsWith('.') && !English.ContainsKey(used.Key))
            .Select(used => $"{used.File}: {used.Key}");
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_status_reason_notice_and_danger_has_its_word()
    {
        string[] keys =
        [
            .. Enum.GetValues<CommandHostStatus>().SelectMany(status => new[] { StatusLook.Of(status).Key, StatusLook.Of(status).Key + ".Lower" }),
            .. Enum.GetValues<OpsTaskStatus>().Select(status => StatusLook.Of(status).Key),
            .. Enum.GetValues<HostStatus>().Select(status => StatusLook.Of(status).Key),
            .. Enum.GetValues<Reason>().Select(reason => $"ReasonName.{reason}"),
            .. Enum.GetValues<OnFailure>().SelectMany(choice => new[] { $"OnFailure.{choice}", $"Step.OnFailure.{choice}" }),
            .. Enum.GetValues<StoryEvent>().Select(told => $"Story.Event.{told}"),
            .. Enum.GetValues<StoryBy>().Select(by => $"Story.By.{by}"),
            .. NoticeCode.All.Select(code => $"Notice.{code}"),
            .. Enum.GetValues<Danger>().Select(danger => $"Danger.{danger}"),
            .. Enum.GetValues<TargetMode>().Select(mode => $"Targets.{mode}"),
        ];
        Assert.DoesNotContain(keys, key => !English.ContainsKey(key));
    }

    [Fact]
    public void No_page_holds_a_text_of_its_own()
    {
        var found = Sources().Where(file => file.EndsWith(".razor", StringComparison.Ordinal)).SelectMany(file =>
            OwnText().Matches(Markup(File.ReadAllText(file))).Select(match => $"{Path.GetFileName(file)}: {match.Value.Trim()}"));
        Assert.Equal(["App.razor: >TaskConsole<", "SideNav.razor: >TaskConsole<"], found.Where(text => !text.Contains("<kbd", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>Markup without code blocks, expressions, titles and keys.</summary>
    private static string Markup(string razor)
    {
        var code = razor.IndexOf("@code {", StringComparison.Ordinal);
        var text = code < 0 ? razor : razor[..code];
        return Ignored().Replace(text, "");
    }

    private static HashSet<string> Placeholders(string text) => [.. Placeholder().Matches(text).Select(match => match.Value)];

    private static Dictionary<string, string> Read(string culture)
    {
        var set = Texts.GetResourceSet(culture.Length == 0 ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(culture), createIfNotExists: true, tryParents: false);
        Assert.NotNull(set);
        return set.Cast<System.Collections.DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);
    }

    private static IEnumerable<string> Sources([CallerFilePath] string here = "")
    {
        var folder = Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Console/Components");
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal));
    }

    [GeneratedRegex("""(?:\b(?:T|texts)(?<counts>\.Count\()?(?:\[|(?<=\())|\bSaid\()"(?<key>[A-Za-z][A-Za-z.]*)"(?!\s*\+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UsedKeys();

    [GeneratedRegex("""\{\w+\}""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex("""^@(?:inject|using|page|inherits|implements)[^\n]*$|<PageTitle>.*?</PageTitle>|<kbd[^<]*</kbd>|<svg.*?</svg>|@\*.*?\*@|@\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|"[^"]*"|@[A-Za-z_][\w.]*(?:\([^)]*\))?""", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.Multiline, 5000)]
    private static partial Regex Ignored();

    [GeneratedRegex(""">\s*[A-Z][a-z]{2,}[^<>{}=;]*<""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OwnText();
}
