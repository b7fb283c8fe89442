namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The processes of an attempt while its supervisor lives: what descends from it (it adopts orphans, so that leaving the session
/// does not leave the tree), and what is in its cgroup.
/// </summary>
/// <param name="supervisor">Its pid.</param>
internal sealed class ProcessTree(int supervisor)
{
    /// <summary>Null: there is none.</summary>
    public AttemptCgroup? Cgroup { get; set; }

    /// <summary>Those that have not ended; the supervisor itself is not one of them.</summary>
    public List<ProcessEntry> Scan()
    {
        Dictionary<int, ProcessEntry> found = [];
        foreach (var entry in Cgroup?.Scan() ?? [])
            found[entry.Pid] = entry;
        AddDescendants(ProcessEntry.ReadAll().ToLookup(entry => entry.Parent), found);
        return [.. found.Values.Where(entry => !entry.IsZombie)];
    }

    private void AddDescendants(ILookup<int, ProcessEntry> children, Dictionary<int, ProcessEntry> found)
    {
        HashSet<int> seen = [supervisor];
        Queue<int> open = new(seen);
        while (open.TryDequeue(out var pid))
        {
            foreach (var child in children[pid])
            {
                found[child.Pid] = child;
                if (seen.Add(child.Pid))
                    open.Enqueue(child.Pid);
            }
        }
    }
}
