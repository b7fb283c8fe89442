using System.Collections.Immutable;

namespace TaskConsole.Core.Events;

/// <summary>A task changed: its status or counters, some of its CommandHosts, or both.</summary>
/// <param name="TaskId">Which task.</param>
/// <param name="CommandHosts">CommandHosts that changed; empty with <paramref name="Everything"/>.</param>
/// <param name="Everything">More changed than is worth naming: read again what is on the screen.</param>
public sealed record TaskChange(Guid TaskId, ImmutableHashSet<Guid> CommandHosts, bool Everything)
{
    /// <summary>Past this many, a change says only that everything changed.</summary>
    public const int MaxNamed = 2_000;

    internal static TaskChange Fold(TaskChange earlier, TaskChange later)
    {
        if (earlier.Everything || later.Everything || earlier.CommandHosts.Count + later.CommandHosts.Count > MaxNamed)
        {
            return new TaskChange(later.TaskId, [], Everything: true);
        }

        return later with { CommandHosts = earlier.CommandHosts.Union(later.CommandHosts) };
    }
}

/// <summary>Output of a CommandHost was committed, or it ended. A hint: the reader asks the store from its own address.</summary>
public sealed record OutputChange(Guid CommandHostId, int Attempt, bool Ended)
{
    internal static OutputChange Fold(OutputChange earlier, OutputChange later) =>
        later with { Ended = later.Ended || (earlier.Ended && earlier.Attempt == later.Attempt) };
}

/// <summary>Some task was created or changed its status or counters.</summary>
/// <param name="Tasks">Which ones; empty with <paramref name="Everything"/>.</param>
/// <param name="Everything">More changed than is worth naming.</param>
public sealed record TaskListChange(ImmutableHashSet<Guid> Tasks, bool Everything)
{
    internal static TaskListChange Fold(TaskListChange earlier, TaskListChange later) =>
        earlier.Everything || later.Everything || earlier.Tasks.Count + later.Tasks.Count > TaskChange.MaxNamed
            ? new TaskListChange([], Everything: true)
            : new TaskListChange(earlier.Tasks.Union(later.Tasks), Everything: false);
}

/// <summary>Hosts came, went, asked to join or were changed.</summary>
public sealed record FleetChange(ImmutableHashSet<Guid> Hosts, bool Everything)
{
    internal static FleetChange Fold(FleetChange earlier, FleetChange later) =>
        earlier.Everything || later.Everything || earlier.Hosts.Count + later.Hosts.Count > TaskChange.MaxNamed
            ? new FleetChange([], Everything: true)
            : new FleetChange(earlier.Hosts.Union(later.Hosts), Everything: false);
}
