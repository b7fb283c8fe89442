using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class PortTests
{
    private const string GetAuthority = "/taskconsole.agent.v1.AgentHub/GetAuthority";

    [Fact]
    public async Task With_TLS_an_agent_can_trust_the_authority_that_the_hub_hands_out_and_connect()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:Tls", "true"));
        Assert.Equal("https", hub.Address.Scheme);
        var handedOut = (await hub.Client().GetAuthorityAsync()).CertificateDer.ToByteArray();
        Assert.Equal(hub.Certificates.AuthorityFingerprint, Convert.ToHexStringLower(SHA256.HashData(handedOut)));

        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        Assert.Equal(1, stream.Welcome.SessionEpoch);
    }

    [Fact]
    public async Task Another_authority_is_not_trusted()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:Tls", "true"));
        await using var other = await RunningHub.StartAsync(null, ("AgentHub:Tls", "true"));
        var refusal = await Assert.ThrowsAsync<RpcException>(() => hub.Client(other.Trusting()).GetAuthorityAsync());
        Assert.IsType<AuthenticationException>(refusal.GetBaseException());
    }

    [Fact]
    public async Task Old_TLS_is_refused()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:Tls", "true"));
        var handler = hub.Trusting();
#pragma warning disable SYSLIB0039, CA5397, CA5398 // It is what must fail.
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397, CA5398
        await Assert.ThrowsAsync<RpcException>(() => hub.Client(handler).GetAuthorityAsync());
    }

    [Fact]
    public async Task Without_TLS_there_is_no_authority()
    {
        await using var hub = await RunningHub.StartAsync();
        Assert.Equal("http", hub.Address.Scheme);
        Assert.True((await hub.Client().GetAuthorityAsync()).CertificateDer.IsEmpty);
    }

    [Fact]
    public async Task The_web_port_does_not_serve_agents()
    {
        await using var hub = await RunningHub.StartAsync();
        using var web = new HttpClient { BaseAddress = hub.Web };
        Assert.Equal("the web", await web.GetStringAsync("/", TestContext.Current.CancellationToken));
        foreach (var path in (string[])[GetAuthority, GetAuthority.ToUpperInvariant(), "/taskconsole.agent.v1.AgentHub/Connect", "/taskconsole.agent.v1.AgentHub", GetAuthority.Replace("Hub/", "Hub%2f", StringComparison.Ordinal)])
        {
            using var request = Call(hub.Web, path);
            request.Version = HttpVersion.Version11;
            using var response = await web.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task The_hub_port_serves_nothing_but_agents()
    {
        await using var hub = await RunningHub.StartAsync();
        using var client = new HttpClient();
        foreach (var path in (string[])["/", "/index.html", "/taskconsole.agent.v1.AgentHubs/GetAuthority", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"])
        {
            using var request = Call(hub.Address, path);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var right = Call(hub.Address, GetAuthority);
        using var answer = await client.SendAsync(right, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_session_passes_nothing_of_the_web()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        Assert.Equal(0, hub.Services.GetRequiredService<WebRequests>().Count);

        using var web = new HttpClient();
        await web.GetStringAsync(hub.Web, TestContext.Current.CancellationToken);
        Assert.Equal(1, hub.Services.GetRequiredService<WebRequests>().Count);
    }

    [Fact]
    public async Task The_hub_port_speaks_HTTP_2_alone()
    {
        await using var hub = await RunningHub.StartAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, hub.Address) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Kestrel hung up.
        }
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_the_web_stays_open()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:MaxConnections", "2"));
        await hub.Client().GetAuthorityAsync();
        await hub.Client().GetAuthorityAsync();
        await Assert.ThrowsAsync<RpcException>(() => hub.Client().GetAuthorityAsync());
        using var web = new HttpClient();
        Assert.Equal("the web", await web.GetStringAsync(hub.Web, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Hundreds_of_agents_share_one_connection_of_a_relay()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:MaxConnections", "1"));
        var relay = hub.Client();
        var streams = new List<TestStream>();
        for (var i = 0; i < 500; i++)
        {
            streams.Add(new TestStream(relay.Connect()));
        }

        var challenges = await Task.WhenAll(streams.Select(stream => stream.NextAsync()));
        Assert.All(challenges, message => Assert.NotNull(message.Challenge));
        Assert.Equal(500, challenges.Select(message => message.Challenge.Nonce).Distinct().Count());
        streams.ForEach(stream => stream.Dispose());
    }

    private static HttpRequestMessage Call(Uri address, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        return request;
    }
}
