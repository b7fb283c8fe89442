using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskConsole.AgentHub.Certificates;

/// <summary>A server certificate of the hub, in memory alone.</summary>
internal sealed class HubLeaf
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    private HubLeaf(X509Certificate2 certificate, SslStreamCertificateContext context, DateTimeOffset renewAt)
    {
        Certificate = certificate;
        RenewAt = renewAt;
        Options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = context,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
        };
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>When two thirds of its life are over.</summary>
    public DateTimeOffset RenewAt { get; }

    /// <summary>For the handshake; made once, because building the chain for every connection costs too much when a fleet comes back.</summary>
    public SslServerAuthenticationOptions Options { get; }

    public static HubLeaf Issue(HubAuthority authority, IPAddress? address, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=TaskConsole agent hub", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(Names(address));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority.Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        var now = time.GetUtcNow();
        var authorityEnds = new DateTimeOffset(authority.Certificate.NotAfter);
        var end = now + Lifetime < authorityEnds ? now + Lifetime : authorityEnds;
        var authorityBegins = new DateTimeOffset(authority.Certificate.NotBefore);
        // A day back: hosts whose clock is behind must be able to connect.
        var begin = now.AddDays(-1) > authorityBegins ? now.AddDays(-1) : authorityBegins;
        using var issued = request.Create(authority.Certificate, begin, end, RandomNumberGenerator.GetBytes(16));
        var certificate = WithKey(issued, key);
        using var bare = X509CertificateLoader.LoadCertificate(authority.Certificate.RawData);
        return new HubLeaf(certificate, SslStreamCertificateContext.Create(certificate, [bare], offline: true), now + ((end - now) * 2 / 3));
    }

    private static X509Extension Names(IPAddress? listening)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (Uri.CheckHostName(Environment.MachineName) == UriHostNameType.Dns && !Environment.MachineName.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            names.AddDnsName(Environment.MachineName);
        }

        HashSet<IPAddress> addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        if (listening is not null)
        {
            addresses.Add(listening);
        }

        foreach (var address in addresses)
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }

    private static X509Certificate2 WithKey(X509Certificate2 issued, ECDsa key)
    {
        var certificate = issued.CopyWithPrivateKey(key);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows' TLS wants a key that its store knows.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
        }
    }
}
