using System.Globalization;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The cgroup (version 2) of an attempt: the kernel knows by it which processes belong to the script, whatever session they
/// are in and whoever their parent is. It serves to find and kill them; no controller is ever enabled.
/// </summary>
/// <param name="path">Its folder.</param>
internal sealed class AttemptCgroup(string path)
{
    private const string NamePrefix = "taskconsole-";
    private const uint FolderMode = 0b111_101_101;
    private const int MostDepth = 16;

    public string Path { get; } = path;

    /// <summary>Makes one and puts a process into it.</summary>
    /// <param name="parent">Folder of the cgroup that the agent is in.</param>
    /// <param name="id">The attempt.</param>
    /// <param name="pid">Of the process that becomes the script.</param>
    /// <returns>Null when that cannot be done here.</returns>
    public static AttemptCgroup? TryMake(string parent, AttemptId id, int pid)
    {
        var cgroup = new AttemptCgroup(System.IO.Path.Combine(parent, NamePrefix + id));
        if (Libc.MakeDirectory(cgroup.Path, FolderMode) != 0)
            return null;
        if (TryWrite(cgroup.In("cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture)))
            return cgroup;
        cgroup.Remove();
        return null;
    }

    /// <summary>That of an attempt, where it is still there; else null.</summary>
    /// <param name="parent">As it was made in.</param>
    /// <param name="id">The attempt.</param>
    public static AttemptCgroup? TryFind(string parent, AttemptId id)
    {
        var path = System.IO.Path.Combine(parent, NamePrefix + id);
        return Directory.Exists(path) ? new AttemptCgroup(path) : null;
    }

    /// <summary>Takes away those that nobody is in (any more) and that were there at the last look: one that came since may be about to get its process.</summary>
    /// <param name="parent">As they were made in.</param>
    /// <param name="before">What the last look returned; empty at the first.</param>
    /// <returns>Paths of those that are there now.</returns>
    public static IReadOnlySet<string> RemoveEmpty(string parent, IReadOnlySet<string> before)
    {
        HashSet<string> there = new(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateDirectories(parent, NamePrefix + "*"))
        {
            var cgroup = new AttemptCgroup(path);
            if (before.Contains(path) && cgroup.Scan().Count == 0)
                cgroup.Remove();
            else
                there.Add(path);
        }

        return there;
    }

    /// <summary>The processes in it and in the cgroups that these have made; empty when it is gone.</summary>
    public List<ProcessEntry> Scan()
    {
        List<ProcessEntry> found = [];
        Add(Path, 0, found);
        return found;
    }

    /// <summary>KILL to all of them at once, so that none can fork away. False: kernels before 5.14 cannot.</summary>
    public bool TryKill() => TryWrite(In("cgroup.kill"), "1");

    /// <summary>Takes it away; one that still holds a process stays.</summary>
    public void Remove() => Remove(Path, 0);

    private static void Add(string folder, int depth, List<ProcessEntry> found)
    {
        try
        {
            foreach (var line in File.ReadLines(System.IO.Path.Combine(folder, "cgroup.procs")))
            {
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ProcessEntry.TryRead(pid) is { IsZombie: false } entry)
                    found.Add(entry);
            }

            if (depth == MostDepth)
                return;
            foreach (var inner in Directory.EnumerateDirectories(folder))
                Add(inner, depth + 1, found);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is gone, with all that was in it.
        }
    }

    private static void Remove(string folder, int depth)
    {
        if (Libc.RemoveEmptyDirectory(folder) == 0 || depth == MostDepth)
            return;
        try
        {
            foreach (var inner in Directory.EnumerateDirectories(folder))
                Remove(inner, depth + 1);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }

        _ = Libc.RemoveEmptyDirectory(folder);
    }

    private static bool TryWrite(string path, string text)
    {
        var file = Libc.Open(path, Libc.WriteOnly | Libc.CloseOnExec, 0);
        if (file < 0)
            return false;
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(file, ownsHandle: true);
        try
        {
            Descriptors.WriteAll(handle, System.Text.Encoding.ASCII.GetBytes(text));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
