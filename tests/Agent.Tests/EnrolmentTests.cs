using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class EnrolmentTests
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    [Fact]
    public async Task A_pending_agent_asks_again_and_connects_once_it_is_approved()
    {
        await using var hub = await TestHub.StartAsync(new HubState { Decision = EnrolResponse.Types.Decision.Pending });
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(hub.Address, data.Path);
        await Eventually.TrueAsync(() => hub.State.Enrolments.Count >= 3, "it has asked three times");
        var request = hub.State.Enrolments.First();
        Assert.Equal(("test-01", "test"), (request.Name, request.Labels["env"]));
        Assert.True(request.Facts.CpuCount > 0 && request.Facts.MemoryBytes > 0 && request.Facts.Kernel.Length > 0);
        Assert.Single(hub.State.Enrolments.Select(again => again.PublicKey).Distinct());
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(request.PublicKey.Span)), agent.Log, StringComparison.Ordinal);
        Assert.Equal(0, hub.State.SessionCount);
        hub.State.Decision = EnrolResponse.Types.Decision.Approved;
        var session = await hub.State.SessionAsync();
        Assert.Equal(16, session.Hello.JournalId.Length);
        await Eventually.TrueAsync(() => session.Received.Any(message => message.Heartbeat is { Load.DiskFreeBytes: > 0 }), "it is alive");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data.Path, "key")));
    }

    [Fact]
    public async Task A_wrong_join_token_is_told_without_showing_it_and_the_agent_stays()
    {
        await using var hub = await TestHub.StartAsync();
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(new AgentLaunch { Hub = hub.Address, DataDirectory = data.Path, JoinToken = "not-the-one" });
        await Eventually.TrueAsync(() => agent.Log.Contains("check the join token", StringComparison.Ordinal), "it says so");
        Assert.False(agent.HasExited);
        Assert.DoesNotContain("not-the-one", agent.Log, StringComparison.Ordinal);
        Assert.Single(hub.State.Enrolments);
    }

    [Fact]
    public async Task A_key_that_is_no_longer_accepted_asks_to_join_again()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var before = fixture.Hub.State.Enrolments.Count;
        fixture.Hub.State.PublicKey = null;
        fixture.Session.Break();
        await fixture.Hub.State.SessionAsync(2);
        Assert.True(fixture.Hub.State.Enrolments.Count > before);
        Assert.Contains("does not accept this host's key", fixture.Agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_fingerprint_that_root_alone_is_trusted_whatever_the_hub_is_called()
    {
        using var root = MakeRoot();
        using var leaf = MakeLeaf(root, ServerAuthentication);
        await using var hub = await StartTlsAsync(root, leaf);
        using var data = new TemporaryFolder();
        await using (AgentProcess.Start(hub.Address, data.Path, "--ca-sha256", Fingerprint(root)))
            await hub.State.SessionAsync(1);
        // The root is kept: the second time nobody is asked for it.
        hub.State.AuthorityCertificate = [];
        await using var again = AgentProcess.Start(hub.Address, data.Path, "--ca-sha256", Fingerprint(root));
        await hub.State.SessionAsync(2);
    }

    [Fact]
    public async Task A_wrong_fingerprint_ends_the_agent_with_one_sentence()
    {
        using var root = MakeRoot();
        using var leaf = MakeLeaf(root, ServerAuthentication);
        await using var hub = await StartTlsAsync(root, leaf);
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(hub.Address, data.Path, "--ca-sha256", new string('a', 64));
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, agent.ExitCode);
        Assert.Contains($"The fingerprint of the hub's certificate is {Fingerprint(root)}, not the one that --ca-sha256 names.", agent.Log, StringComparison.Ordinal);
        Assert.Empty(hub.State.Enrolments);
    }

    [Fact]
    public async Task A_certificate_made_for_clients_is_not_the_hub()
    {
        using var root = MakeRoot();
        using var server = MakeLeaf(root, ServerAuthentication);
        using var client = MakeLeaf(root, ClientAuthentication);
        await using var hub = await StartTlsAsync(root, server);
        using var data = new TemporaryFolder();
        await File.WriteAllBytesAsync(Path.Combine(data.Path, "authority.der"), root.RawData, TestContext.Current.CancellationToken);
        await using var impostor = await StartTlsAsync(root, client);
        await using var agent = AgentProcess.Start(impostor.Address, data.Path, "--ca-sha256", Fingerprint(root));
        await Eventually.TrueAsync(() => agent.Log.Contains("No connection to the hub", StringComparison.Ordinal), "it does not connect");
        Assert.Empty(impostor.State.Enrolments);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(-3, -1)]
    public async Task A_certificate_that_is_not_valid_by_this_hosts_clock_is_told_with_clock_and_dates(int fromHours, int toHours)
    {
        using var root = MakeRoot();
        using var leaf = MakeLeaf(root, ServerAuthentication, fromHours, toHours);
        await using var hub = await StartTlsAsync(root, leaf);
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(hub.Address, data.Path, "--ca-sha256", Fingerprint(root));
        await Eventually.TrueAsync(() => agent.Log.Contains("No connection to the hub", StringComparison.Ordinal), "it does not connect");
        Assert.Contains("this host's clock says " + Text(Now)[..13], agent.Log, StringComparison.Ordinal);
        Assert.Contains($"the hub's certificate is valid from {Text(new DateTimeOffset(leaf.NotBefore))} to {Text(new DateTimeOffset(leaf.NotAfter))}; set the clock", agent.Log, StringComparison.Ordinal);
        Assert.Empty(hub.State.Enrolments);
    }

    [Fact]
    public async Task Without_a_fingerprint_a_certificate_that_is_not_trusted_is_told_as_that()
    {
        using var root = MakeRoot();
        using var leaf = MakeLeaf(root, ServerAuthentication);
        await using var hub = await StartTlsAsync(root, leaf);
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(hub.Address, data.Path);
        await Eventually.TrueAsync(() => agent.Log.Contains("the hub's certificate is not trusted: RemoteCertificate", StringComparison.Ordinal), "it says so");
        Assert.DoesNotContain("clock", agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_to_join_that_is_refused_because_of_the_clock_says_so()
    {
        await using var hub = await TestHub.StartAsync(new HubState { ClockOff = TimeSpan.FromMinutes(15) });
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(hub.Address, data.Path);
        await Eventually.TrueAsync(() => agent.Log.Contains("set the clock that is wrong", StringComparison.Ordinal), "it says so");
        Assert.Contains("this host's clock says " + Text(Now)[..13], agent.Log, StringComparison.Ordinal);
        Assert.Contains("the hub's " + Text(Now.AddMinutes(15))[..13], agent.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("join token", agent.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://hub.example:5081", "use https://, or add --insecure")]
    [InlineData("ftp://hub.example", "is not an address")]
    public async Task An_address_that_cannot_be_trusted_is_refused(string address, string why)
    {
        using var data = new TemporaryFolder();
        await using var agent = AgentProcess.Start(address, data.Path);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, agent.ExitCode);
        await Eventually.TrueAsync(() => agent.Log.Contains(why, StringComparison.Ordinal), "it says why");
    }

    [Fact]
    public async Task Two_agents_do_not_share_a_data_directory()
    {
        await using var fixture = await AgentFixture.StartAsync();
        await using var second = AgentProcess.Start(fixture.Hub.Address, fixture.Data.Path);
        await second.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, second.ExitCode);
        await Eventually.TrueAsync(() => second.Log.Contains("another agent uses", StringComparison.Ordinal), "it says why");
        Assert.False(fixture.Agent.HasExited);
    }

    [Fact]
    public async Task A_demo_agent_ends_when_its_standard_input_closes()
    {
        await using var fixture = await AgentFixture.StartAsync(null, null, "--stop-with-stdin");
        Assert.False(fixture.Agent.HasExited);
        fixture.Agent.CloseInput();
        await fixture.Agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, fixture.Agent.ExitCode);
    }

    [Fact]
    public async Task A_hub_that_drains_is_left_alone_for_as_long_as_it_asks()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var since = TimeProvider.System.GetTimestamp();
        await fixture.SendAsync(new HubMessage { Drain = new Drain { ReconnectAfterMs = 600, Reason = "restart" } });
        await fixture.Hub.State.SessionAsync(2);
        Assert.InRange(TimeProvider.System.GetElapsedTime(since).TotalMilliseconds, 590, 10_000);
    }

    private static Task<TestHub> StartTlsAsync(X509Certificate2 root, X509Certificate2 leaf) =>
        TestHub.StartAsync(
            new HubState { AuthorityCertificate = root.RawData },
            // By hand, because Kestrel itself refuses a leaf that is not for servers.
            listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(leaf, null, offline: true),
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                }),
            }));

    private static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    private static X509Certificate2 MakeRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(10));
    }

    private static X509Certificate2 MakeLeaf(X509Certificate2 root, string usage, int fromHours = -1, int toHours = 24)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=not-this-host.example", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var signed = request.Create(root, Now.AddHours(fromHours), Now.AddHours(toHours), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();
}
