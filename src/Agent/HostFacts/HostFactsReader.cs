using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace TaskConsole.Agent.HostFacts;

/// <summary>What this host is, from /etc and /proc; read anew for each hello.</summary>
internal static class HostFactsReader
{
    public static string AgentVersion { get; } =
        typeof(HostFactsReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static Protocol.V1.HostFacts Read()
    {
        var release = ReadOsRelease();
        var facts = new Protocol.V1.HostFacts
        {
            Os = release.GetValueOrDefault("ID") ?? ReadLine("/proc/sys/kernel/ostype"),
            OsVersion = release.GetValueOrDefault("VERSION_ID") ?? "",
            Kernel = ReadLine("/proc/sys/kernel/osrelease"),
            Arch = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64"
                : RuntimeInformation.OSArchitecture == Architecture.X64 ? "x64"
                : RuntimeInformation.OSArchitecture.ToString(),
            CpuCount = Environment.ProcessorCount,
            MemoryBytes = MemoryReader.Read().TotalBytes,
            AgentVersion = AgentVersion,
        };
        facts.More["hostname"] = SystemName.Read();
        facts.More["user"] = Environment.UserName;
        return facts;
    }

    private static Dictionary<string, string> ReadOsRelease()
    {
        const string path = "/etc/os-release";
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        if (!File.Exists(path))
            return values;
        foreach (var line in File.ReadLines(path))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                values[line[..equals]] = line[(equals + 1)..].Trim('"', '\'');
        }

        return values;
    }

    private static string ReadLine(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";
}

/// <summary>The host's memory, from /proc/meminfo.</summary>
internal readonly record struct MemoryReader(long TotalBytes, long AvailableBytes)
{
    private const int KiB = 1024;

    public static MemoryReader Read()
    {
        long total = 0, available = 0;
        foreach (var line in File.ReadLines("/proc/meminfo"))
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Parse(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Parse(line);
        }

        return new MemoryReader(total, available);
    }

    private static long Parse(string line) =>
        KiB * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
