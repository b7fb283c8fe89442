using System.Globalization;
using System.Text;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The processes of an attempt whose supervisor is gone, as far as they can be known for certain: all that are in its cgroup, and
/// those of the script's user in the script's own session.
/// </summary>
/// <param name="start">What the supervisor wrote of the script.</param>
/// <param name="cgroup">Null: there is none.</param>
internal sealed class OrphanedTree(StartRecord start, AttemptCgroup? cgroup)
{
    public AttemptCgroup? Cgroup => cgroup;

    /// <summary>Those that have not ended.</summary>
    public List<ProcessEntry> Scan()
    {
        var inCgroup = cgroup?.Scan() ?? [];
        return [.. inCgroup, .. ScanSession().Where(entry => inCgroup.TrueForAll(found => found.Pid != entry.Pid))];
    }

    // Some may have been moved to another cgroup, as a login session does.
    private List<ProcessEntry> ScanSession()
    {
        if (start.Pid == 0)
            return [];
        var all = ProcessEntry.ReadAll();
        // A number is given again only when nobody has it as pid or session any more.
        if (all.Any(entry => entry.Pid == start.Pid && entry.StartTime != start.StartTicks))
            return [];
        return [.. all.Where(entry => entry.Session == start.Pid && !entry.IsZombie && entry.StartTime >= start.StartTicks && OwnerOf(entry.Pid) == start.Uid)];
    }

    private static unsafe uint? OwnerOf(int pid)
    {
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}\0"))
            return FileStatus.Of(Libc.CurrentDirectoryDescriptor, path)?.OwnerId;
    }
}
