using TaskConsole.Core.Access;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Outputs;

/// <summary>
/// Reads output by its address (CommandHost, attempt, stream, offset), the same while it runs and after it ended.
/// A viewer reads from its cursor, watches <see cref="Events.EventBus.WatchOutput"/> and reads again: no gap is possible.
/// </summary>
public sealed class OutputReader
{
    /// <summary>Reads what is committed from <paramref name="cursor"/> on, at most about <paramref name="maxBytes"/> (at least one chunk when there is one).</summary>
    /// <param name="commandHostId">Whose.</param>
    /// <param name="attempt">Null: the attempt that counts now.</param>
    /// <param name="selection">Which streams.</param>
    /// <param name="cursor">Address of the first byte wanted; one in an omitted part answers from behind it.</param>
    /// <param name="maxBytes">Soft limit of the answer.</param>
    /// <param name="actor">Who reads.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<Answer<OutputSlice>> ReadAsync(
        Guid commandHostId,
        int? attempt,
        OutputSelection selection,
        OutputCursor cursor,
        int maxBytes,
        Actor actor,
        CancellationToken cancellationToken) => throw new NotImplementedException();
}
