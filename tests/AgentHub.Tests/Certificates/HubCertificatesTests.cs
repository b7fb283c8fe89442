using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Listening;

namespace TaskConsole.AgentHub.Tests.Certificates;

public sealed class HubCertificatesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    private string Folder => Path.Combine(_directory.Path, "deep", "ca");

    private string File => Path.Combine(Folder, HubAuthority.FileName);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_authority_stays_the_same_over_restarts()
    {
        using var first = Open();
        using var second = Open();
        Assert.Equal(first.AuthorityFingerprint, second.AuthorityFingerprint);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(first.AuthorityDer)), first.AuthorityFingerprint);
    }

    [Fact]
    public void The_authority_is_a_P256_authority_for_ten_years()
    {
        using var certificates = Open();
        using var authority = X509CertificateLoader.LoadCertificate(certificates.AuthorityDer);
        Assert.True(authority.Extensions.OfType<X509BasicConstraintsExtension>().Single() is { CertificateAuthority: true, Critical: true });
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, authority.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(256, authority.GetECDsaPublicKey()!.KeySize);
        Assert.Equal(_time.GetUtcNow().AddYears(10).UtcDateTime, authority.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void The_key_is_readable_by_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are Unix's.");
            return;
        }

        using var certificates = Open();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Folder));
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task Instances_that_start_at_once_agree_on_one_authority()
    {
        using var together = new Barrier(16);
        var fingerprints = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                using var certificates = Open();
                return certificates.AuthorityFingerprint;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.Single(fingerprints.Distinct());
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_damaged_authority_stops_the_start_and_is_not_replaced()
    {
        Open().Dispose();
        System.IO.File.WriteAllText(File, "-----BEGIN NOTHING-----");
        var failure = Assert.Throws<InvalidOperationException>(() => Open().Dispose());
        Assert.Contains(File, failure.Message, StringComparison.Ordinal);
        Assert.Equal("-----BEGIN NOTHING-----", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void The_server_certificate_is_one_for_servers_under_the_authority_with_the_names_of_this_machine()
    {
        using var certificates = Open("192.0.2.7:5081");
        var leaf = certificates.ServerCertificate;
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value);
        Assert.True(leaf.MatchesHostname("localhost"));
        Assert.True(leaf.MatchesHostname("127.0.0.1"));
        Assert.True(leaf.MatchesHostname("::1"));
        Assert.True(leaf.MatchesHostname("192.0.2.7"));
        Assert.False(leaf.MatchesHostname("192.0.2.8"));

        using var root = X509CertificateLoader.LoadCertificate(certificates.AuthorityDer);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        Assert.True(chain.Build(leaf));
    }

    [Fact]
    public void The_server_certificate_is_renewed_when_two_thirds_of_its_life_are_over()
    {
        using var certificates = Open();
        var first = certificates.ServerCertificate.Thumbprint;
        _time.Advance(TimeSpan.FromDays(59));
        Assert.Equal(first, certificates.ServerCertificate.Thumbprint);
        _time.Advance(TimeSpan.FromDays(1.1));
        Assert.NotEqual(first, certificates.ServerCertificate.Thumbprint);
        Assert.True(certificates.ServerCertificate.NotAfter > _time.GetUtcNow().AddDays(89).LocalDateTime);
    }

    [Fact]
    public void Near_its_own_end_the_authority_still_issues()
    {
        using var certificates = Open();
        _time.SetUtcNow(_time.GetUtcNow().AddYears(10).AddDays(-2));
        using var root = X509CertificateLoader.LoadCertificate(certificates.AuthorityDer);
        Assert.Equal(root.NotAfter, certificates.ServerCertificate.NotAfter);
    }

    [Fact]
    public void Without_TLS_no_authority_is_made()
    {
        using var certificates = new HubCertificates(tls: false, address: null, Folder, _time);
        Assert.Null(certificates.AuthorityFingerprint);
        Assert.Empty(certificates.AuthorityDer);
        Assert.False(Directory.Exists(Folder));
    }

    private HubCertificates Open(string listen = "127.0.0.1:5081")
    {
        Assert.True(ListenAddress.TryParse(listen, out var address));
        return new HubCertificates(tls: true, address!.IsAny ? null : address.Address, Folder, _time);
    }
}
