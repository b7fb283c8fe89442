using CsCheck;
using TaskConsole.Core.Hosts.Selectors;

namespace TaskConsole.Core.Tests.Hosts.Selectors;

/// <summary>Selectors against a model that is too simple to be wrong.</summary>
public sealed class HostSelectorPropertyTests
{
    private static readonly Gen<string> Key = Gen.OneOf("name", "env", "role", "fact.os", "fact.env", "in");
    private static readonly Gen<string> Value = Gen.OneOf("", "a", "b", "ab", "in", "a-b");
    private static readonly Gen<string> Pattern = Gen.Char["ab*?-"].Array[1, 8].Select(characters => new string(characters));
    private static readonly Gen<string> Spaces = Gen.OneOf("", "", " ", "\t ");

    private static readonly Gen<Term> AnyTerm = Gen.Select(Key, Gen.Int[0, 5], Value.Array[1, 3], Pattern, (key, kind, values, pattern) => kind switch
    {
        0 => new Term(key, "exists", []),
        1 => new Term(key, "lacks", []),
        2 => new Term(key, "=", [values[0]]),
        3 => new Term(key, "!=", [values[0]]),
        4 => values is [""] ? new Term(key, "in", ["", "a"]) : new Term(key, values.Length == 2 ? "notin" : "in", values is ["", ..] ? [.. values.Reverse(), "z"] : values),
        _ => new Term("name", "~=", [pattern]),
    });

    private static readonly Gen<Dictionary<string, string>> Map =
        Gen.Dictionary(Gen.OneOf("env", "role", "os", "in"), Value)[0, 4];

    private static readonly Gen<(string Name, Dictionary<string, string> Labels, Dictionary<string, string> Facts)> AnyHost =
        Gen.Select(Gen.OneOf("a", "ab", "a-b", "b-a-b", "abab"), Map, Map);

    [Fact]
    public void A_selector_hits_what_the_model_hits() =>
        Gen.Select(AnyTerm.Array[1, 4], AnyHost, Spaces.Array[40]).Sample(
            (terms, host, spaces) =>
            {
                var space = 0;
                var text = string.Join(',', terms.Select(term => term.Spell(() => spaces[space++ % spaces.Length])));
                Assert.True(HostSelector.TryParse(text, out var selector, out var error), $"{text}: {error}");
                Assert.Equal(terms.All(term => term.IsMetBy(host.Name, host.Labels, host.Facts)), selector.Matches(host.Name, host.Labels, host.Facts));
            },
            iter: 20_000);

    [Fact]
    public void Its_text_reads_back_as_the_same_selector() =>
        Gen.Select(AnyTerm.Array[1, 4], AnyHost).Sample(
            (terms, host) =>
            {
                Assert.True(HostSelector.TryParse(string.Join(',', terms.Select(term => term.Spell(() => ""))), out var first, out _));
                Assert.True(HostSelector.TryParse(first.ToString(), out var second, out var error), $"{first}: {error}");
                Assert.Equal(first.ToString(), second.ToString());
                Assert.Equal(first.Matches(host.Name, host.Labels, host.Facts), second.Matches(host.Name, host.Labels, host.Facts));
            },
            iter: 10_000);

    [Fact]
    public void Any_text_is_read_or_refused_with_a_column_inside_it() =>
        Gen.Char["aein =!~,()<>*?\t.\0中"].Array[0, 20].Select(characters => new string(characters)).Sample(
            text =>
            {
                if (HostSelector.TryParse(text, out var selector, out var error))
                {
                    _ = selector.Matches("a", new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
                    return;
                }

                var column = error.Arguments["column"].GetInt32();
                Assert.InRange(column, 1, text.Length + 1);
            },
            iter: 50_000);

    [Fact]
    public void A_glob_hits_what_the_model_hits() =>
        Gen.Select(Pattern, Gen.Char["ab-"].Array[0, 8].Select(characters => new string(characters))).Sample(
            (pattern, text) => Assert.Equal(Term.Fits(pattern, text), new Glob(pattern).IsMatch(text)),
            iter: 50_000);

    [Fact]
    public void A_glob_made_to_backtrack_compares_few_characters()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 1000)) + "*b";
        var text = new string('a', 4000);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.False(new Glob(pattern).IsMatch(text));
        Assert.False(new Glob($"*{new string('a', 2000)}b*").IsMatch(text));

        // One that tries again at each star needs longer than the universe has; this is milliseconds, with room for a busy machine.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    /// <summary>A requirement, its spelling and its meaning, told a second time.</summary>
    private sealed record Term(string Key, string Kind, string[] Values)
    {
        public string Spell(Func<string> space) => space() + Kind switch
        {
            "exists" => Key,
            "lacks" => $"!{space()}{Key}",
            "in" or "notin" => $"{Key} {space()}{Kind}{space()}({space()}{string.Join($"{space()},{space()}", Values)}{space()})",
            _ => $"{Key}{space()}{Kind}{space()}{Values[0]}",
        } + space();

        public bool IsMetBy(string name, Dictionary<string, string> labels, Dictionary<string, string> facts)
        {
            string? value = null;
            if (Key == "name")
            {
                value = name;
            }
            else if (Key.StartsWith("fact.", StringComparison.Ordinal))
            {
                facts.TryGetValue(Key[5..], out value);
            }
            else
            {
                labels.TryGetValue(Key, out value);
            }

            return Kind switch
            {
                "exists" => value is not null,
                "lacks" => value is null,
                "=" or "in" => value is not null && Values.Contains(value),
                "!=" or "notin" => value is null || !Values.Contains(value),
                _ => Fits(Values[0], value!),
            };
        }

        public static bool Fits(string pattern, string text) => pattern switch
        {
            "" => text.Length == 0,
            ['*', ..] => Fits(pattern[1..], text) || (text.Length > 0 && Fits(pattern, text[1..])),
            _ => text.Length > 0 && (pattern[0] == '?' || pattern[0] == text[0]) && Fits(pattern[1..], text[1..]),
        };
    }
}
