using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskConsole.AgentHub.Listening;

namespace TaskConsole.AgentHub.Tests.Listening;

public sealed class AgentHubSettingsTests
{
    [Theory]
    [InlineData("127.0.0.1:5081", "127.0.0.1:5081")]
    [InlineData("0.0.0.0:6000", "0.0.0.0:6000")]
    [InlineData("[::]:5081", "[::]:5081")]
    [InlineData("[::1]:1", "[::1]:1")]
    [InlineData("6000", "127.0.0.1:6000")]
    public void A_listen_address_is_read(string text, string meant) =>
        Assert.Equal(meant, Read(("Listen", text)).Listen.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("here:5081")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.1:5081")]
    [InlineData("::1")]
    [InlineData("::1:5081")]
    [InlineData("[127.0.0.1]:5081")]
    [InlineData("http://127.0.0.1:5081")]
    public void A_wrong_listen_address_is_named(string text) =>
        Assert.Equal($"The setting AgentHub:Listen is '{text}'; allowed is {ListenAddress.Allowed}.", Wrong(("Listen", text)));

    [Theory]
    [InlineData("HeartbeatSeconds", "0", "a whole number from 1 to 300")]
    [InlineData("HeartbeatSeconds", "15.5", "a whole number from 1 to 300")]
    [InlineData("HelloDeadlineSeconds", "61", "a whole number from 1 to 60")]
    [InlineData("MaxSessions", "many", "a whole number from 1 to 1000000")]
    [InlineData("SendQueueExecutes", "-1", "a whole number from 1 to 100000")]
    [InlineData("Tls", "yes", "'true' or 'false'")]
    public void A_wrong_value_is_named_with_what_is_allowed(string name, string text, string allowed) =>
        Assert.Equal($"The setting AgentHub:{name} is '{text}'; allowed is {allowed}.", Wrong((name, text)));

    [Fact]
    public void Every_wrong_setting_is_named()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(("HeartbeatSeconds", "x"), ("MaxSessions", "0"), ("Listen", "?")));
        Assert.Equal(3, failure.Failures.Count());
    }

    [Theory]
    [InlineData("127.0.0.1:5081")]
    [InlineData("[::1]:5081")]
    [InlineData("127.3.2.1:5081")]
    public void Without_TLS_it_may_listen_on_loopback(string listen) => Assert.False(Read(("Tls", "false"), ("Listen", listen)).Tls);

    [Theory]
    [InlineData("0.0.0.0:5081")]
    [InlineData("[::]:5081")]
    [InlineData("192.0.2.1:5081")]
    public void Without_TLS_it_listens_elsewhere_only_behind_a_proxy(string listen)
    {
        Assert.StartsWith("The setting AgentHub:Tls is 'false'", Wrong(("Tls", "false"), ("Listen", listen)), StringComparison.Ordinal);
        Assert.False(Read(("Tls", "false"), ("Listen", listen), ("BehindTlsProxy", "true")).Tls);
    }

    [Fact]
    public void Unset_means_the_default()
    {
        var options = Read();
        Assert.Equal("127.0.0.1:5081", options.Listen.ToString());
        Assert.True(options.Tls);
        Assert.Equal(15, options.HeartbeatSeconds);
    }

    private static AgentHubOptions Read(params (string Name, string Text)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>("AgentHub:" + setting.Name, setting.Text)))
            .Build();
        using var provider = new ServiceCollection().AddAgentHub(configuration, "unused").BuildServiceProvider();
        return provider.GetRequiredService<IOptions<AgentHubOptions>>().Value;
    }

    private static string Wrong(params (string Name, string Text)[] settings) =>
        Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(settings)).Failures);
}
