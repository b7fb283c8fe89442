using System.Globalization;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Facts of a host as the selector sees them (<c>fact.NAME</c>).</summary>
internal static class HostFacts
{
    /// <summary>Puts facts into a host; false: it had them.</summary>
    public static bool Put(Host host, HostFactsReport facts)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in facts.More)
        {
            map[name] = value;
        }

        map["os"] = facts.Os;
        map["osVersion"] = facts.OsVersion;
        map["kernel"] = facts.Kernel;
        map["arch"] = facts.Arch;
        map["cpuCount"] = facts.CpuCount.ToString(CultureInfo.InvariantCulture);
        map["memoryBytes"] = facts.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        var before = (host.Facts, host.Os, host.Arch, host.AgentVersion);
        host.Facts = Json.Write(map);
        host.Os = Cut(facts.Os, 64);
        host.Arch = Cut(facts.Arch, 32);
        host.AgentVersion = Cut(facts.AgentVersion, 64);
        return before != (host.Facts, host.Os, host.Arch, host.AgentVersion);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
