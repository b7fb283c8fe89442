using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TaskConsole.AgentHub.Certificates;

namespace TaskConsole.AgentHub.Listening;

/// <summary>Kestrel's endpoint for agents and the HTTP/2 limits that it needs.</summary>
internal static class AgentListener
{
    /// <summary>What one stream may have sent and the hub not yet read: bounds memory when the store is slow and every agent sends.</summary>
    private const int StreamWindowBytes = 128 * 1024;

    /// <summary>The same for all streams of a connection; a relay's streams share it.</summary>
    private const int ConnectionWindowBytes = 1024 * 1024;

    public static void Configure(KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<IOptions<AgentHubOptions>>().Value;
        var http2 = kestrel.Limits.Http2;
        http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        http2.InitialStreamWindowSize = StreamWindowBytes;
        http2.InitialConnectionWindowSize = ConnectionWindowBytes;

        // No keep-alive pings: heartbeats tell a dead agent, and a ping beside each would double what an idle fleet costs.

        var gate = new HubConnectionGate(options.MaxConnections);
        kestrel.Listen(new IPEndPoint(options.Listen.Address, options.Listen.Port), endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            endpoint.Use(next => connection => gate.AcceptAsync(connection, next));
            if (options.Tls)
            {
                var certificates = kestrel.ApplicationServices.GetRequiredService<HubCertificates>();
                endpoint.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(certificates.ServerOptions()),
                });
            }
        });
    }
}
