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
    [InlineData("", 1, "key")]
    [InlineData("   ", 4, "key")]
    [InlineData(",", 1, "key")]
    [InlineData("env=prod,", 10, "key")]
    [InlineData("env=prod,,role=web", 10, "key")]
    [InlineData("!", 2, "key")]
    [InlineData("!env=prod", 5, "next-requirement")]
    [InlineData("env prod", 5, "selector.operator")]
    [InlineData("env>3", 4, "selector.operator")]
    [InlineData("env===prod", 6, "next-requirement")]
    [InlineData("env=a=b", 6, "next-requirement")]
    [InlineData("env=a b", 7, "next-requirement")]
    [InlineData("env in prod", 8, "values")]
    [InlineData("env in (", 9, "next-value")]
    [InlineData("env in (prod", 13, "next-value")]
    [InlineData("env in ()", 9, "value")]
    [InlineData("env notin (a b)", 14, "next-value")]
    [InlineData("env in (a))", 11, "next-requirement")]
    [InlineData("env=web-*", 9, "plain-value")]
    [InlineData("env!=\"prod\"", 6, "unquoted-value")]
    [InlineData("env in ('prod')", 9, "unquoted-value")]
    [InlineData("name=web-?", 10, "plain-value")]
    [InlineData("env~=prod*", 4, "selector.pattern-key")]
    [InlineData("name~=", 7, "pattern")]
    [InlineData("name~=,env=prod", 7, "pattern")]
    [InlineData("env inx (a)", 5, "selector.operator")]
    [InlineData("env=a\u0001", 6, "next-requirement")]
    public void An_error_names_the_column_and_what_was_expected(string text, int column, string expected)
    {
        Assert.False(HostSelector.TryParse(text, out var selector, out var error));
        Assert.Null(selector);
        var told = error.Arguments.TryGetValue("expected", out var what) ? what.GetString() : error.Code;
        Assert.Equal((column, expected), (error.Arguments["column"].GetInt32(), told));
        Assert.Equal(what.ValueKind == System.Text.Json.JsonValueKind.String, error.Code == HostProblemCode.SelectorSyntax);
    }

    [Fact]
    public void A_text_has_4096_characters_at_most()
    {
        Assert.True(HostSelector.TryParse("env=" + new string('a', 4092), out _, out _));
        Assert.False(HostSelector.TryParse("env=" + new string('a', 4093), out _, out var error));
        Assert.Equal("selector.too-long (longest: 4096, length: 4097)", error.ToString());
    }

    [Theory]
    [InlineData("env in (", "end")]
    [InlineData("env in x", "x")]
    [InlineData("env in 😀", "😀")]
    public void An_error_names_what_was_found_there(string text, string found)
    {
        Assert.False(HostSelector.TryParse(text, out _, out var error));
        Assert.Equal(found, error.Arguments["found"].GetString());
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
        Assert.True(HostSelector.TryParse(text, out var selector, out var error), error?.ToString());
        return selector;
    }
}
