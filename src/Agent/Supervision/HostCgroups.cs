using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>The cgroup (version 2) that this agent is in: those of its attempts are made in it.</summary>
/// <param name="use">False: none is used, whatever there is.</param>
internal sealed class HostCgroups(bool use)
{
    private const int CanWrite = 2;

    /// <summary>Its folder; empty where there is none, this user may make none in it, or none is to be used.</summary>
    public string Parent { get; } = use ? Find() : "";

    private static unsafe string Find()
    {
        try
        {
            var path = Find(File.ReadAllLines("/proc/self/mountinfo"), File.ReadAllLines("/proc/self/cgroup"));
            fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
                return path.Length > 0 && Libc.Access(Libc.CurrentDirectoryDescriptor, name, CanWrite, Libc.EffectiveAccess) == 0 ? path : "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <param name="mounts">Lines of /proc/self/mountinfo: on hybrid machines version 2 is at a place of its own.</param>
    /// <param name="cgroups">Lines of /proc/self/cgroup.</param>
    internal static string Find(IEnumerable<string> mounts, IEnumerable<string> cgroups)
    {
        const string unified = "0::";
        const int root = 3, mountPoint = 4;
        if (cgroups.FirstOrDefault(line => line.StartsWith(unified, StringComparison.Ordinal)) is not { } own)
            return "";
        var path = own[unified.Length..];
        foreach (var mount in mounts)
        {
            var fields = mount.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 0 || separator + 1 >= fields.Length || fields[separator + 1] != "cgroup2")
                continue;
            // In a container the mount may show a part of the tree alone.
            var shown = fields[root].TrimEnd('/');
            if (path != shown && !path.StartsWith(shown + "/", StringComparison.Ordinal))
                continue;
            return fields[mountPoint].Replace("\\040", " ", StringComparison.Ordinal) + path[shown.Length..].TrimEnd('/');
        }

        return "";
    }
}
