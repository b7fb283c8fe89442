using System.Globalization;
using System.Net;

namespace TaskConsole.AgentHub.Listening;

/// <summary>Where the hub listens: an address of this machine and a port.</summary>
/// <param name="Address"><c>0.0.0.0</c> or <c>[::]</c>: every address.</param>
/// <param name="Port">0: a free one.</param>
public sealed record ListenAddress(IPAddress Address, int Port)
{
    /// <summary>What is allowed, for error messages.</summary>
    public const string Allowed = "ADDRESS:PORT with an IP address of this machine (127.0.0.1:5081, 0.0.0.0:5081, [::]:5081), or a port alone, which means 127.0.0.1";

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Whether it stands for every address of this machine.</summary>
    public bool IsAny => Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any);

    /// <summary>Reads <c>127.0.0.1:5081</c>, <c>[::]:5081</c> or <c>5081</c>.</summary>
    public static bool TryParse(string text, out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "127.0.0.1" : text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(host, out var ip) || bracketed != host.Contains(':') || (!bracketed && host.Count(c => c == '.') != 3))
        {
            return false;
        }

        address = new ListenAddress(ip, port);
        return true;
    }

    /// <inheritdoc />
    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
