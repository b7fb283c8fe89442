using System.Net;
using Microsoft.AspNetCore.Http;

namespace TaskConsole.AgentHub.Listening;

/// <summary>The address that an agent comes from.</summary>
internal static class PeerAddress
{
    /// <summary>The peer of the connection; behind a TLS proxy the last entry of X-Forwarded-For, which is the proxy's own word.</summary>
    public static IPAddress Of(HttpContext context, AgentHubOptions options)
    {
        var peer = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (options.BehindTlsProxy
            && context.Request.Headers["X-Forwarded-For"].LastOrDefault()?.Split(',')[^1].Trim() is { } told
            && IPAddress.TryParse(told, out var forwarded))
        {
            peer = forwarded;
        }

        return peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
    }
}
