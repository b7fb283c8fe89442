namespace TaskConsole.Agent.Supervision;

/// <summary>
/// All processes of an attempt: what descends from its supervisor (which adopts orphans, so leaving the
/// session does not leave the tree), and whoever carries its marker, with their descendants.
/// </summary>
/// <param name="supervisor">Pid of the supervisor; null when it is gone and the marker alone leads there.</param>
internal sealed class ProcessTree(int? supervisor, AttemptMarker marker)
{
    /// <summary>Those that have not ended; the supervisor itself is not one of them.</summary>
    public List<ProcessEntry> Scan()
    {
        var all = ProcessEntry.ReadAll();
        var children = all.ToLookup(entry => entry.Parent);
        Dictionary<int, ProcessEntry> found = [];
        if (supervisor is { } root)
            AddDescendants(root, children, found);
        foreach (var entry in all)
        {
            if (!found.ContainsKey(entry.Pid) && entry.Pid != Environment.ProcessId && !entry.IsZombie && marker.IsCarriedBy(entry.Pid))
            {
                found[entry.Pid] = entry;
                AddDescendants(entry.Pid, children, found);
            }
        }

        return [.. found.Values.Where(entry => !entry.IsZombie)];
    }

    /// <summary>How many descend from the supervisor now.</summary>
    public int CountDescendants()
    {
        Dictionary<int, ProcessEntry> found = [];
        if (supervisor is { } root)
            AddDescendants(root, ProcessEntry.ReadAll().ToLookup(entry => entry.Parent), found);
        return found.Values.Count(entry => !entry.IsZombie);
    }

    private static void AddDescendants(int parent, ILookup<int, ProcessEntry> children, Dictionary<int, ProcessEntry> found)
    {
        Queue<int> open = new([parent]);
        while (open.TryDequeue(out var pid))
        {
            foreach (var child in children[pid])
            {
                if (found.TryAdd(child.Pid, child))
                    open.Enqueue(child.Pid);
            }
        }
    }
}
