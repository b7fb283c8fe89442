using System.Globalization;
using System.Text;
using TaskConsole.AgentHub.Listening;

namespace TaskConsole.Console.Components.Hosts;

/// <summary>Writes the shell line that makes a machine a host.</summary>
internal static class JoinLine
{
    /// <summary>Where agents reach the hub: as it listens, or by the name under which the browser reached the console.</summary>
    public static string HubAddress(AgentHubOptions hub, string browserHost)
    {
        var host = hub.Listen.IsAny ? browserHost : hub.Listen.Address.ToString();
        var named = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
        return string.Create(CultureInfo.InvariantCulture, $"{(hub.Tls ? "https" : "http")}://{named}:{hub.Listen.Port}");
    }

    /// <summary>The line; the token goes in the environment, so that no list of processes shows it.</summary>
    /// <param name="fromSource">With the .NET SDK from a checkout, else the published file.</param>
    /// <param name="hub">Address of the hub.</param>
    /// <param name="authority">SHA-256 of the hub's authority; null without TLS.</param>
    /// <param name="token">Join token.</param>
    /// <param name="name">Name of the host.</param>
    /// <param name="labels">name=value, separated by commas.</param>
    public static string Of(bool fromSource, string hub, string? authority, string token, string name, string labels)
    {
        var line = new StringBuilder("TASKCONSOLE_JOIN_TOKEN=").Append(Quoted(token)).Append(" \\\n  ")
            .Append(fromSource ? "dotnet run --project src/Agent -- " : "./TaskConsole.Agent ")
            .Append("--hub ").Append(Quoted(hub));
        if (authority is not null)
        {
            line.Append(" \\\n  --ca-sha256 ").Append(authority);
        }

        line.Append(" \\\n  --name ").Append(Quoted(name.Trim()));
        foreach (var label in labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            line.Append(" --label ").Append(Quoted(label));
        }

        return line.Append(fromSource ? " --data-dir " + Quoted("./agent-" + name.Trim()) : " --data-dir /var/lib/taskconsole-agent").ToString();
    }

    private static string Quoted(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_.:/=@+[]".Contains(letter, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
