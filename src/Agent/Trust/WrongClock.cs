using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TaskConsole.Agent.Trust;

/// <summary>Names this host's clock where it is the cause: certificates and requests to join are good for a time only.</summary>
internal static class WrongClock
{
    private const X509ChainStatusFlags OfTime = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotTimeNested;

    // What the hub answers with beside a refusal that is due to the clock.
    private const string HubTimeTrailer = "hub-time-ms";

    /// <summary>The failure of a handshake in which nothing but the time is wrong with the hub's certificates; null for any other.</summary>
    public static AuthenticationException? Explain(X509Chain? chain, DateTimeOffset now)
    {
        if (chain is null || chain.ChainStatus.Any(status => (status.Status & ~OfTime) != X509ChainStatusFlags.NoError))
            return null;
        foreach (var certificate in chain.ChainElements.Select(element => element.Certificate))
        {
            var (from, to) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
            if (now < from || now > to)
            {
                return new AuthenticationException(
                    $"this host's clock says {Text(now)}, and the hub's certificate is valid from {Text(from)} to {Text(to)}; set the clock, or renew the certificate if the clock is right");
            }
        }

        return null;
    }

    /// <summary>What is wrong when the hub refused a request to join because of the clock; null when it was for another cause.</summary>
    /// <param name="trailers">Of the hub's answer.</param>
    /// <param name="now">This host's time.</param>
    public static string? Explain(Grpc.Core.Metadata trailers, DateTimeOffset now) =>
        long.TryParse(trailers.GetValue(HubTimeTrailer), NumberStyles.None, CultureInfo.InvariantCulture, out var hubTimeMs)
        && hubTimeMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? $"this host's clock says {Text(now)}, the hub's {Text(DateTimeOffset.FromUnixTimeMilliseconds(hubTimeMs))}"
            : null;

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
