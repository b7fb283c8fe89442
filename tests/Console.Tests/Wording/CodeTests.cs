using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Acts;

namespace TaskConsole.Console.Tests.Wording;

/// <summary>Each code of Contract has a text in both languages that names its arguments and no others; nobody else makes sentences.</summary>
public sealed partial class CodeTests
{
    private static readonly ResourceManager Texts = new(typeof(Text));

    public static TheoryData<string> Languages => ["", "zh-Hans"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_code_has_a_text_that_names_arguments_which_there_are(string language)
    {
        var texts = Read(language);
        Assert.True(CodeLists.All.Count > 150);
        Assert.All(CodeLists.All, code =>
        {
            var forms = FormsOf(code, texts);
            Assert.NotEmpty(forms);
            Assert.All(forms, form => Assert.Subset(code.Arguments.ToHashSet(StringComparer.Ordinal), Placeholders(texts[form])));
        });
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_act_is_told(string language)
    {
        var texts = Read(language);
        Assert.All(Act.All, act => Assert.Contains($"Argument.act.{act.Code}", texts.Keys));
    }

    [Fact]
    public void Every_text_of_a_code_is_of_a_code_that_there_is_and_names_the_same_in_both_languages()
    {
        var (english, chinese) = (Read(""), Read("zh-Hans"));
        var used = CodeLists.All.SelectMany(code => FormsOf(code, english)).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(english.Keys, key => Kinds.Any(kind => key.StartsWith(kind, StringComparison.Ordinal)) && !used.Contains(key) && !key.StartsWith("Notice.Count.", StringComparison.Ordinal));
        Assert.All(used.Where(key => !key.EndsWith(".One", StringComparison.Ordinal)), key => Assert.Equal(Placeholders(english[key]), Placeholders(chinese[key])));
    }

    private static readonly string[] Kinds = ["Problem.", "Detail.", "Hold.", "Notice."];

    [Fact]
    public void No_code_stands_twice() =>
        Assert.Equal(CodeLists.All.Count, CodeLists.All.Select(code => code.Key).Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public void A_code_is_given_arguments_that_its_docstring_names_and_all_that_its_text_names()
    {
        var codes = CodeLists.All.ToDictionary(code => $"{code.List}.{code.Name}", StringComparer.Ordinal);
        var texts = Read("");
        var checkedUses = 0;
        foreach (var file in CodeLists.Sources("src/Core").Concat(CodeLists.Sources("src/Console")))
        {
            foreach (Match use in Use().Matches(File.ReadAllText(file)))
            {
                if (!codes.TryGetValue(use.Groups["code"].Value, out var code))
                {
                    continue;
                }

                var given = use.Groups["argument"].Captures.Select(argument => argument.Value).ToHashSet(StringComparer.Ordinal);
                if (given.Count > 0)
                {
                    var wanted = texts.TryGetValue(code.Key, out var text) ? Placeholders(text) : [];
                    Assert.True(given.IsSubsetOf(code.Arguments) && given.IsSupersetOf(wanted), $"{Path.GetFileName(file)}: {use.Value}");
                    checkedUses++;
                }
            }
        }

        Assert.True(checkedUses > 60);
    }

    [Fact]
    public void No_problem_is_a_sentence()
    {
        var files = new[] { "src/Core", "src/Console/Api", "src/Console/Live", "src/Console/SignIn" }.SelectMany(folder => CodeLists.Sources(folder));
        Assert.Empty(files.SelectMany(file => Sentence().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileName(file)}: {match.Value}")));
    }

    [Theory]
    [InlineData("new Problem.WrongState($\"Host '{host.Name}' is busy.\")", true)]
    [InlineData("new Problem.Invalid(\"labels\", \"They are too many.\")", true)]
    [InlineData("new HubException(\"Nobody is signed in.\")", true)]
    [InlineData("errors.Add(path, $\"{what} is wrong.\")", true)]
    [InlineData("new Problem.Invalid(\"labels\", HostProblemCode.LabelsMissing)", false)]
    [InlineData("new Problem.NotFound(TaskProblemCode.NotFound, (\"id\", taskId))", false)]
    public void A_sentence_in_a_problem_would_be_seen(string line, bool seen) => Assert.Equal(seen, Sentence().IsMatch(line));

    /// <summary>Keys of the text, or of its forms by <c>count</c> or <c>case</c>.</summary>
    private static string[] FormsOf(ListedCode code, Dictionary<string, string> texts) =>
        texts.ContainsKey(code.Key) ? [code.Key]
        : texts.ContainsKey($"{code.Key}.One") ? [$"{code.Key}.One", $"{code.Key}.Other"]
        : code.Arguments.Contains("case") ? [.. texts.Keys.Where(key => key.StartsWith($"{code.Key}.", StringComparison.Ordinal))]
        : [];

    private static HashSet<string> Placeholders(string text) => [.. Placeholder().Matches(text).Select(match => match.Groups["name"].Value)];

    private static Dictionary<string, string> Read(string language) =>
        Texts.GetResourceSet(CultureInfo.GetCultureInfo(language), createIfNotExists: true, tryParents: false)!
            .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    [GeneratedRegex("""\{(?<name>[A-Za-z]+)\}""", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Placeholder();

    [GeneratedRegex("""(?<!Expected\()\b(?<code>\w+Code\.(?!All\b)[A-Z]\w+)\b(?:,\s*\("(?<argument>\w+)",(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*""", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Use();

    [GeneratedRegex("""(?:new (?:Problem\.\w+|HubException)\(|errors\.Add\(|query\.Refuse\(|\bRefuse\(name, )(?:[\w."$\{\}\[\]]+, )?\$?"[^"]* [^"]*\.?"\)""", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Sentence();
}
