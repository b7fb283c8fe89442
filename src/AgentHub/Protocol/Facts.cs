using TaskConsole.Core.Hosts;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Protocol;

/// <summary>Facts and load of a host as an agent tells them, cut to what the contract allows: a boast must not fill the store.</summary>
internal static class Facts
{
    private const int MaxLength = 256;
    private const int MaxMore = 64;

    /// <summary>Loads above it are shown as it.</summary>
    private const double MaxLoad = 1_000_000;

    public static HostFactsReport Read(Wire.HostFacts? facts)
    {
        facts ??= new Wire.HostFacts();
        return new HostFactsReport(
            Texts.Clean(facts.Os, 64),
            Texts.Clean(facts.OsVersion, MaxLength),
            Texts.Clean(facts.Kernel, MaxLength),
            Texts.Clean(facts.Arch, 32),
            Math.Max(0, facts.CpuCount),
            Math.Max(0, facts.MemoryBytes),
            Texts.Clean(facts.AgentVersion, 64),
            facts.More
                .OrderBy(fact => fact.Key, StringComparer.Ordinal)
                .Take(MaxMore)
                .GroupBy(fact => Texts.Clean(fact.Key, MaxLength), StringComparer.Ordinal)
                .ToDictionary(fact => fact.Key, fact => Texts.Clean(fact.First().Value, MaxLength), StringComparer.Ordinal));
    }

    public static HostLoad Read(Wire.HostLoad? load)
    {
        load ??= new Wire.HostLoad();
        return new HostLoad(Share(load.Cpu), Share(load.Memory), double.IsFinite(load.Load1) ? Math.Clamp(load.Load1, 0, MaxLoad) : 0, Math.Max(0, load.DiskFreeBytes), Math.Max(0, load.Running))
        {
            Lingering = Math.Max(0, load.Lingering),
            StuckFolders = Math.Max(0, load.StuckFolders),
            StuckBytes = Math.Max(0, load.StuckBytes),
        };
    }

    private static double Share(double value) => double.IsFinite(value) ? Math.Clamp(value, 0, 1) : 0;
}
