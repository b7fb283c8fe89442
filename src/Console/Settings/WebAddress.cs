using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TaskConsole.Console.Settings;

/// <summary>One address of the setting <c>Urls</c>: plain HTTP on an IP address, <c>localhost</c> or every address of the machine.</summary>
/// <param name="Host">As written.</param>
/// <param name="Port">0: any free one.</param>
internal sealed record WebAddress(string Host, int Port)
{
    /// <summary>Where people find a console that was not told otherwise.</summary>
    public const string Default = "http://127.0.0.1:5080";

    private const string Allowed = "one or more addresses of this machine such as http://127.0.0.1:5080 or http://*:5080, separated by ';' (TLS is for a proxy in front)";

    /// <summary>Reads the whole setting.</summary>
    /// <exception cref="WrongSettingException">An address is malformed or not HTTP.</exception>
    public static IReadOnlyList<WebAddress> ReadAll(string? urls)
    {
        urls ??= Default;
        var parts = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length == 0
            ? throw new WrongSettingException("Urls", urls, Allowed)
            : [.. parts.Select(part => Read(part) ?? throw new WrongSettingException("Urls", urls, Allowed))];
    }

    /// <summary>Every address of the machine.</summary>
    public bool IsAny => Host is "*" or "+";

    private static WebAddress? Read(string text)
    {
        const string scheme = "http://";
        if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = text[scheme.Length..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        var hasPort = colon > rest.LastIndexOf(']');
        var host = hasPort ? rest[..colon] : rest;
        var port = 80;
        if (hasPort && (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > IPEndPoint.MaxPort))
        {
            return null;
        }

        var known = host is "*" or "+" or "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsOfThisMachine(address));
        return known ? new WebAddress(host, port) : null;
    }

    private static bool IsOfThisMachine(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
