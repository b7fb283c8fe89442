using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskConsole.AgentHub.Certificates;

/// <summary>The hub's own authority and the server certificate that it issues, renewed by itself.</summary>
public sealed class HubCertificates : IDisposable
{
    private readonly HubAuthority? _authority;
    private readonly IPAddress? _address;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private HubLeaf? _leaf;

    /// <param name="tls">With TLS off there is no authority.</param>
    /// <param name="address">Where agents reach the hub, which the server certificate then names beside the loopback addresses; null: no single address.</param>
    /// <param name="directory">Where the authority is kept.</param>
    /// <param name="time">For validity and renewal.</param>
    internal HubCertificates(bool tls, IPAddress? address, string directory, TimeProvider time)
    {
        _authority = tls ? HubAuthority.LoadOrCreate(directory, time) : null;
        _address = address;
        _time = time;
    }

    /// <summary>Lower-case hex SHA-256 of the authority's certificate (DER): what an agent is given as <c>--ca-sha256</c>. Null when TLS is off.</summary>
    public string? AuthorityFingerprint => _authority?.Fingerprint;

    /// <summary>The authority's certificate, DER; empty when TLS is off.</summary>
    internal byte[] AuthorityDer => _authority?.Certificate.RawData ?? [];

    /// <summary>The server certificate in use.</summary>
    internal X509Certificate2 ServerCertificate => Leaf().Certificate;

    /// <inheritdoc />
    public void Dispose() => _authority?.Dispose();

    /// <summary>What a TLS handshake needs.</summary>
    internal SslServerAuthenticationOptions ServerOptions() => Leaf().Options;

    // A replaced leaf is left to the garbage collector: handshakes may still use it.
    private HubLeaf Leaf()
    {
        var authority = _authority ?? throw new InvalidOperationException("TLS is off: there is no server certificate.");
        lock (_gate)
        {
            if (_leaf is null || _time.GetUtcNow() >= _leaf.RenewAt)
            {
                _leaf = HubLeaf.Issue(authority, _address, _time);
            }

            return _leaf;
        }
    }
}
