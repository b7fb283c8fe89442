using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Live;

/// <summary>What the server sends.</summary>
public interface ITaskWatcher
{
    /// <summary>Status and counters of a watched task: once at the beginning, then after each change.</summary>
    Task TaskProgress(TaskSummary task);

    /// <summary>CommandHosts of a watched task that changed, at most 10 messages a second for each task.</summary>
    Task CommandHostsChanged(CommandHostsChanged change);

    /// <summary>More of a watched output.</summary>
    Task OutputAppended(OutputAppended output);

    /// <summary>Hosts changed: the counts of the fleet, and which.</summary>
    Task FleetChanged(FleetChanged change);
}

/// <summary>CommandHosts that changed.</summary>
/// <param name="TaskId">Of which task.</param>
/// <param name="Everything">More changed than is worth sending: read the list again. <paramref name="Items"/> is empty.</param>
/// <param name="Items">As they stand now.</param>
public sealed record CommandHostsChanged(Guid TaskId, bool Everything, IReadOnlyList<CommandHostView> Items);

/// <summary>A piece of output.</summary>
/// <param name="CommandHostId">Whose.</param>
/// <param name="Attempt">Of which attempt.</param>
/// <param name="Stream">Stdout or Stderr.</param>
/// <param name="Offset">Of its first byte in what was produced.</param>
/// <param name="Length">Bytes that it stands for.</param>
/// <param name="Content">The bytes, base64; null: they were left out.</param>
/// <param name="Next">What to give <c>WatchOutput</c> as <c>fromOffset</c> after a reconnect: an offset, or for both streams a cursor.</param>
/// <param name="Complete">The attempt has ended and nothing follows.</param>
public sealed record OutputAppended(
    Guid CommandHostId, int Attempt, OutputStream? Stream, long Offset, long Length, ReadOnlyMemory<byte>? Content, string Next, bool Complete);

/// <summary>The fleet changed.</summary>
/// <param name="Counts">As it stands now.</param>
/// <param name="Everything">More hosts changed than is worth naming. <paramref name="Hosts"/> is empty.</param>
/// <param name="Hosts">Ids of the hosts that changed.</param>
public sealed record FleetChanged(FleetCounts Counts, bool Everything, IReadOnlyCollection<Guid> Hosts);
