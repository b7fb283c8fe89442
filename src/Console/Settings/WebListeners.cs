using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace TaskConsole.Console.Settings;

/// <summary>Where the web listens; after the start with the ports that were really bound.</summary>
internal sealed class WebListeners
{
    private readonly List<ListenOptions> _bound = [];

    /// <summary>The first address as a person may open it.</summary>
    public Uri FirstAddress
    {
        get
        {
            var endPoint = _bound[0].IPEndPoint ?? throw new InvalidOperationException("Nothing listens yet.");
            var host = endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any) ? "localhost" : endPoint.Address.ToString();
            return new UriBuilder(Uri.UriSchemeHttp, host, endPoint.Port).Uri;
        }
    }

    internal void Add(ListenOptions options) => _bound.Add(options);
}

/// <summary>Binds the web, explicitly: an explicit listener of the agent hub would silently override <c>Urls</c> otherwise.</summary>
internal static class WebListening
{
    /// <summary>Makes Kestrel listen on each address of <c>Urls</c>.</summary>
    public static void ListenForPeople(this WebApplicationBuilder builder, ConsoleSettings settings)
    {
        var listeners = new WebListeners();
        builder.Services.AddSingleton(listeners);
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var address in settings.Urls)
            {
                Listen(kestrel, address, listeners.Add);
            }
        });
    }

    private static void Listen(KestrelServerOptions kestrel, WebAddress address, Action<ListenOptions> configure)
    {
        if (address.IsAny)
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
        else if (address is { Host: "localhost", Port: > 0 })
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else
        {
            var ip = address.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(address.Host.Trim('[', ']'));
            kestrel.Listen(ip, address.Port, configure);
        }
    }
}
