using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using TaskConsole.Agent.Journal;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Trust;

/// <summary>What was given can never work; a person has to change it. The message is one sentence.</summary>
internal sealed class CannotJoinException(string message) : Exception(message);

/// <summary>
/// The hub's own certificate, that <c>--ca-sha256</c> names: fetched once from the hub over a channel that
/// is not trusted, compared, and kept.
/// </summary>
internal sealed class PinnedAuthority(Uri hub, byte[] fingerprint, DataDirectory data)
{
    private X509Certificate2? _certificate;

    /// <exception cref="CannotJoinException">The hub's certificate is another one.</exception>
    /// <exception cref="RpcException">The hub cannot be reached.</exception>
    public async Task<X509Certificate2> GetAsync(CancellationToken cancellationToken) =>
        _certificate ??= X509CertificateLoader.LoadCertificate(ReadKept() ?? await FetchAsync(cancellationToken));

    private byte[]? ReadKept()
    {
        var kept = DurableFile.ReadBytes(data.AuthorityPath);
        return kept is not null && IsNamed(kept) ? kept : null;
    }

    private async Task<byte[]> FetchAsync(CancellationToken cancellationToken)
    {
        using var channel = HubChannel.OpenUntrusted(hub);
        var client = new AgentHub.AgentHubClient(channel);
        var response = await client.GetAuthorityAsync(new AuthorityRequest(), cancellationToken: cancellationToken);
        var certificate = response.CertificateDer.ToByteArray();
        if (certificate.Length == 0)
            throw new CannotJoinException("The hub has no certificate authority of its own; leave --ca-sha256 out.");
        if (!IsNamed(certificate))
        {
            var found = Convert.ToHexStringLower(SHA256.HashData(certificate));
            throw new CannotJoinException($"The fingerprint of the hub's certificate is {found}, not the one that --ca-sha256 names.");
        }

        DurableFile.Write(data.AuthorityPath, certificate);
        return certificate;
    }

    private bool IsNamed(byte[] certificate) => SHA256.HashData(certificate).AsSpan().SequenceEqual(fingerprint);
}
