using TaskConsole.Core.Hosts.Selectors;

namespace TaskConsole.Core.Tests.Hosts.Selectors;

public sealed class HostSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new(StringComparer.Ordinal)
    {
        ["env"] = "prod",
        ["role"] = "web",
        ["empty"] = "",
        ["app.kubernetes.io/name"] = "shop",
        ["in"] = "in",
        ["区域"] = "华东",
    };

    private static readonly Dictionary<string, string> Facts = new(StringComparer.Ordinal)
    {
        ["os"] = "debian",
        ["kernel"] = "6.1.0-13+deb12u1~bpo",
    };

    [Theory]
    [InlineData("env=prod")]
    [InlineData("env==prod")]
    [InlineData(" env = prod , role in ( api , web ) ")]
    [InlineData("env!=test")]
    [InlineData("missing!=anything")]
    [InlineData("missing notin (a,b)")]
    [InlineData("role notin (api)")]
    [InlineData("env")]
    [InlineData("empty")]
    [InlineData("empty=")]
    [InlineData("env in (,prod)")]
    [InlineData("!missing")]
    [InlineData("! missing")]
    [InlineData("fact.os=debian")]
    [InlineData("fact.kernel=6.1.0-13+deb12u1~bpo")]
    [InlineData("!fact.gpu")]
    [InlineData("name=web-01")]
    [InlineData("name in (web-01,web-02)")]
    [InlineData("name~=web-*")]
    [InlineData("name~=*")]
    [InlineData("name~=web-??")]
    [InlineData("name~=*-01,name~=web*")]
    [InlineData("app.kubernetes.io/name=shop")]
    [InlineData("in=in")]
    [InlineData("in in (in,notin)")]
    [InlineData("区域=华东")]
    public void It_hits_a_host_that_meets_every_requirement(string text) => Assert.True(Parse(text).Matches("web-01", Labels, Facts));

    [Theory]
    [InlineData("env=Prod")]
    [InlineData("Env=prod")]
    [InlineData("env=prod,role=api")]
    [InlineData("env!=prod")]
    [InlineData("missing")]
    [InlineData("missing=")]
    [InlineData("!env")]
    [InlineData("!empty")]
    [InlineData("role in (api)")]
    [InlineData("role notin (api,web)")]
    [InlineData("os=debian")]
    [InlineData("fact.env=prod")]
    [InlineData("fact.os")]
    [InlineData("!name")]
    [InlineData("name=web-0")]
    [InlineData("name~=web-?")]
    [InlineData("name~=eb-*")]
    [InlineData("name~=Web-*")]
    public void It_misses_a_host_that_lacks_one(string text)
    {
        var facts = text == "fact.os" ? [] : Facts;
        Assert.False(Parse(text).Matches("web-01", Labels, facts));
    }

    [Theory]
    [InlineData("", 1, "a key")]
    [InlineData("   ", 4, "a key")]
    [InlineData(",", 1, "a key")]
    [InlineData("env=prod,", 10, "a key")]
    [InlineData("env=prod,,role=web", 10, "a key")]
    [InlineData("!", 2, "a key")]
    [InlineData("!env=prod", 5, "','")]
    [InlineData("env prod", 5, "notin")]
    [InlineData("env>3", 4, "=")]
    [InlineData("env===prod", 6, "','")]
    [InlineData("env=a=b", 6, "','")]
    [InlineData("env=a b", 7, "','")]
    [InlineData("env in prod", 8, "'('")]
    [InlineData("env in (", 9, "','")]
    [InlineData("env in (prod", 13, "')'")]
    [InlineData("env in ()", 9, "a value")]
    [InlineData("env notin (a b)", 14, "')'")]
    [InlineData("env in (a))", 11, "','")]
    [InlineData("env=web-*", 9, "without wildcards")]
    [InlineData("env!=\"prod\"", 6, "without quotes")]
    [InlineData("env in ('prod')", 9, "without quotes")]
    [InlineData("name=web-?", 10, "without wildcards")]
    [InlineData("env~=prod*", 4, "name alone")]
    [InlineData("name~=", 7, "a pattern")]
    [InlineData("name~=,env=prod", 7, "a pattern")]
    [InlineData("env inx (a)", 5, "notin")]
    [InlineData("env=a\u0001", 6, "','")]
    public void An_error_names_the_column_and_what_was_expected(string text, int column, string expected)
    {
        Assert.False(HostSelector.TryParse(text, out var selector, out var error));
        Assert.Null(selector);
        Assert.StartsWith($"Column {column} of the selector: expected ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void A_text_has_4096_characters_at_most()
    {
        Assert.True(HostSelector.TryParse("env=" + new string('a', 4092), out _, out _));
        Assert.False(HostSelector.TryParse("env=" + new string('a', 4093), out _, out var error));
        Assert.Contains("4096", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("env == prod", "env=prod")]
    [InlineData("env in (prod)", "env=prod")]
    [InlineData("env notin ( prod )", "env!=prod")]
    [InlineData("role in (web, api, web),! canary ,name ~= web-*", "role in (web,api),!canary,name~=web-*")]
    public void Its_text_is_the_shortest_spelling(string text, string expected) => Assert.Equal(expected, Parse(text).ToString());

    [Theory]
    [InlineData("name~=web-*", false, false)]
    [InlineData("env=prod", true, false)]
    [InlineData("!fact.os", false, true)]
    [InlineData("name~=w*,fact.os=linux,env notin (a,b)", true, true)]
    public void It_tells_what_of_hosts_must_be_read(string text, bool labels, bool facts) =>
        Assert.Equal((labels, facts), (Parse(text).AsksForLabels, Parse(text).AsksForFacts));

    private static HostSelector Parse(string text)
    {
        Assert.True(HostSelector.TryParse(text, out var selector, out var error), error);
        return selector;
    }
}
