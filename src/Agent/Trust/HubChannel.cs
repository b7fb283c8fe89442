using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using TaskConsole.Agent.Settings;

namespace TaskConsole.Agent.Trust;

/// <summary>Opens channels to the hub, with the trust that was asked for.</summary>
internal static class HubChannel
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // What the contract allows, and room for the envelope.
    private const int MaximumMessageBytes = (1 << 20) + 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPingDelay = TimeSpan.FromSeconds(31);
    internal static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Of what the hub may send before the agent has read it: the window does not grow by itself, see the project file.</summary>
    private const int WindowBytes = 1024 * 1024;

    /// <summary>
    /// Of silence before a ping asks whether the hub is still there: just over two heartbeats, since the hub answers every
    /// second one and no ping is to go out while it does, and at most 31 s.
    /// </summary>
    internal static TimeSpan PingDelay(TimeSpan heartbeat)
    {
        var delay = (2 * heartbeat) + TimeSpan.FromSeconds(1);
        return delay < LongestPingDelay ? delay : LongestPingDelay;
    }

    /// <summary>With the system's trust and the host name, or, for http, without TLS.</summary>
    /// <remarks>As with <see cref="OpenPinned"/>, the innermost exception of a handshake that fails says what is wrong with the certificate, or with this host's clock.</remarks>
    public static GrpcChannel Open(Uri hub, TimeSpan heartbeat, TimeProvider time) => Open(hub, heartbeat, new SslClientAuthenticationOptions
    {
        RemoteCertificateValidationCallback = (_, _, chain, errors) => errors == SslPolicyErrors.None ? true : throw Refused(chain, errors, time, "; a hub with an authority of its own needs --ca-sha256 FINGERPRINT, which its Hosts page shows"),
    });

    /// <summary>Trusts this root alone, whatever the host is called; demands a certificate made for servers.</summary>
    public static GrpcChannel OpenPinned(Uri hub, TimeSpan heartbeat, X509Certificate2 root, TimeProvider time)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(root);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ServerAuthentication));
        return Open(hub, heartbeat, new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
                    ? IsForServers(certificate)
                    : throw Refused(chain, errors & ~SslPolicyErrors.RemoteCertificateNameMismatch, time, hint: ""),
        });
    }

    /// <summary>Only to ask for the hub's certificate, which is compared with a fingerprint before anything is trusted.</summary>
    public static GrpcChannel OpenUntrusted(Uri hub) =>
        Open(hub, SessionLimits.UsualHeartbeat, new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null });

    // Thrown by the callback, because its 'false' would say no more than that the certificate was rejected.
    private static AuthenticationException Refused(X509Chain? chain, SslPolicyErrors errors, TimeProvider time, string hint)
    {
        if (errors == SslPolicyErrors.RemoteCertificateChainErrors && WrongClock.Explain(chain, time.GetUtcNow()) is { } clock)
            return clock;
        var why = chain?.ChainStatus.Select(status => status.Status.ToString()) ?? [];
        return new AuthenticationException($"the hub's certificate is not trusted: {string.Join(", ", why.Prepend(errors.ToString()))}{hint}");
    }

    private static GrpcChannel Open(Uri hub, TimeSpan heartbeat, SslClientAuthenticationOptions tls)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingDelay(heartbeat),
            KeepAlivePingTimeout = PingTimeout,
            InitialHttp2StreamWindowSize = WindowBytes,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            SslOptions = tls,
        };
        return GrpcChannel.ForAddress(hub, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            ThrowOperationCanceledOnCancellation = true,
            MaxReceiveMessageSize = MaximumMessageBytes,
            MaxSendMessageSize = MaximumMessageBytes,
        });
    }

    // A certificate that names no usage at all chains too; the hub's own name theirs.
    private static bool IsForServers(X509Certificate? certificate) =>
        certificate is X509Certificate2 leaf
        && leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(
            usage => usage.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(oid => oid.Value == ServerAuthentication));
}
