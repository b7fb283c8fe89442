using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Listening;
using TaskConsole.Console.Components.Hosts;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Tests.Pages;

public sealed class HostsPageTests : EnginePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_host_that_asks_to_join_shows_what_an_operator_compares()
    {
        var asking = await AskAsync("web-01", ("env", "prod"));
        var page = Render<HostsPage>();
        var row = page.WaitForElement("[data-testid=pending-host]", Patience);
        Assert.Equal(Assert.Single(asking.PendingKeys).Fingerprint, row.QuerySelector("[data-testid=fingerprint]")!.TextContent);
        Assert.Contains("192.0.2.7", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("env=prod", row.TextContent, StringComparison.Ordinal);
        Assert.Null(row.QuerySelector("[data-testid=replacement]"));
    }

    [Fact]
    public async Task A_new_key_under_a_name_in_use_is_marked_as_replacement()
    {
        await AddHostAsync("web-01");
        await AskAsync("web-01");
        var page = Render<HostsPage>();
        page.WaitForElement("[data-testid=replacement]", Patience);
        Assert.Equal("Online", page.Find("[data-testid=host-row]").GetAttribute("data-status"));
    }

    [Fact]
    public async Task Two_agents_with_one_key_are_shown_with_both_addresses_and_what_to_do()
    {
        var host = await AddHostAsync("web-01");
        await Services.GetRequiredService<HostSessions>().MarkDuplicateAsync(host.Id, 1, TimeProvider.System.GetUtcNow(), "192.0.2.7", "192.0.2.8", CancellationToken.None);
        var page = Render<HostsPage>();
        var row = page.WaitForElement("[data-testid=duplicate-host]", Patience);
        Assert.Equal("192.0.2.7, and then 192.0.2.8", row.QuerySelector("[data-testid=duplicate-addresses]")!.TextContent);
        Assert.Equal(host.Fingerprint, row.QuerySelector(".fingerprint")!.TextContent);
        Assert.Contains("Stop one of the two agents.", page.Find("[data-testid=duplicate-section]").TextContent, StringComparison.Ordinal);
        Assert.Equal("Duplicate", page.Find("[data-testid=host-row]").GetAttribute("data-status"));
        Assert.Empty(page.FindAll("[data-testid=drain]"));
        Assert.NotNull(page.Find("[data-testid=release]"));

        await Hosts.ApproveAsync(host.Id, host.Fingerprint, Me, CancellationToken.None);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=duplicate-section]")), Patience);
    }

    [Fact]
    public async Task What_scripts_left_on_a_host_is_shown_where_there_is_any()
    {
        var left = await AddHostAsync("web-01");
        await AddHostAsync("web-02");
        Heartbeat(left.Id, new HostLoad(0, 0, 0, 0, 0, Lingering: 3, StuckFolders: 1, StuckBytes: 3 << 20));
        var page = Render<HostsPage>();
        page.WaitForElement("[data-testid=host-row]", Patience);
        Assert.Equal("3 scripts have processes in the background", Assert.Single(page.FindAll("[data-testid=lingering]")).TextContent);
        var stuck = Assert.Single(page.FindAll("[data-host=web-01] [data-testid=stuck-folders]"));
        Assert.Equal(("1 folder of an ended script cannot be deleted", "About 3.0 MiB on the disk; the log of the agent says why"), (stuck.TextContent, stuck.GetAttribute("title")));
    }

    [Fact]
    public async Task Approving_takes_the_host_in()
    {
        var asking = await AskAsync("web-01");
        var page = Render<HostsPage>();
        page.WaitForElement("[data-testid=approve]", Patience);
        await page.Find("[data-testid=approve]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=pending-section]")), Patience);
        Assert.Equal(HostStatus.Offline, (await Hosts.GetAsync(asking.Id, Me, CancellationToken.None)).Value.Status);
    }

    [Fact]
    public async Task A_host_that_asks_later_appears_by_itself()
    {
        var page = Render<HostsPage>();
        page.WaitForElement("[data-testid=empty]", Patience);
        await AskAsync("late-01");
        page.WaitForElement("[data-testid=pending-host][data-host=late-01]", Patience);
    }

    [Fact]
    public async Task A_selector_with_an_error_says_where()
    {
        await AddHostAsync("web-01");
        Services.GetRequiredService<NavigationManager>().NavigateTo("hosts?selector=env%20in%20(");
        var page = Render<HostsPage>();
        Assert.NotEqual("", page.WaitForElement("[data-testid=selector-error]", Patience).TextContent);
    }

    [Fact]
    public async Task Draining_is_one_press()
    {
        var host = await AddHostAsync("web-01");
        var page = Render<HostsPage>();
        page.WaitForElement("[data-testid=drain]", Patience);
        await page.Find("[data-testid=drain]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Equal("Draining", page.Find("[data-testid=host-row]").GetAttribute("data-status")), Patience);
        Assert.Equal(HostStatus.Draining, (await Hosts.GetAsync(host.Id, Me, CancellationToken.None)).Value.Status);
    }

    [Fact]
    public async Task The_line_to_paste_has_hub_authority_and_token()
    {
        var token = (await Hosts.ReadJoinTokenAsync(Me, CancellationToken.None)).Value;
        var authority = Services.GetRequiredService<HubCertificates>().AuthorityFingerprint;
        var panel = Render<AddHostPanel>();
        var line = panel.WaitForElement("[data-testid=add-host-line]", Patience).TextContent;
        Assert.Contains($"TASKCONSOLE_JOIN_TOKEN={token} ", line, StringComparison.Ordinal);
        Assert.Contains("--hub https://127.0.0.1:5081", line, StringComparison.Ordinal);
        Assert.Contains($"--ca-sha256 {authority}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("--join-token ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:5081", true, "console.example", "https://console.example:5081")]
    [InlineData("[::]:6000", true, "::1", "https://[::1]:6000")]
    [InlineData("192.0.2.1:5081", false, "other.example", "http://192.0.2.1:5081")]
    public void The_hub_is_named_as_agents_can_reach_it(string listen, bool tls, string browser, string address)
    {
        Assert.True(ListenAddress.TryParse(listen, out var parsed));
        Assert.Equal(address, JoinLine.HubAddress(new AgentHubOptions { Listen = parsed!, Tls = tls }, browser));
    }

    [Fact]
    public void What_is_typed_into_the_line_is_quoted_for_the_shell()
    {
        var line = JoinLine.Of(fromSource: false, "http://h:1", authority: null, "t", "x; rm -rf /", "a=b, c=$(id)");
        Assert.Contains("--name 'x; rm -rf /' --label a=b --label 'c=$(id)'", line, StringComparison.Ordinal);
        Assert.DoesNotContain("--ca-sha256", line, StringComparison.Ordinal);
    }
}
