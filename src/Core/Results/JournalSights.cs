using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// How far journals are by what their agents say. It goes to the store with what was said: after a crash of this process
/// a journal that was rolled back would pass as the same one, and what it has forgotten would be sent again.
/// </summary>
internal static class JournalSights
{
    /// <summary>The sequence that an event tells; null: none.</summary>
    public static long? SequenceOf(AttemptEvent attemptEvent) => attemptEvent switch
    {
        AttemptStarted started => started.JournalSequence,
        AttemptFinished finished => finished.JournalSequence,
        _ => null,
    };

    /// <summary>Of the hosts of these events, in order, what was believed and is not known to be in the store: a repeat costs nothing.</summary>
    public static List<JournalSight> NotStored(IEnumerable<AttemptEvent> events, HostPresence presence) =>
    [
        .. events.Where(attemptEvent => SequenceOf(attemptEvent) is not null)
            .DistinctBy(attemptEvent => attemptEvent.HostId)
            .Select(attemptEvent => (attemptEvent.HostId, Presence: presence.Find(attemptEvent.HostId)))
            .Where(seen => seen.Presence is { } found && found.JournalSequence > found.StoredSequence)
            .Select(seen => new JournalSight(seen.HostId, seen.Presence!.Epoch, seen.Presence.JournalSequence, seen.Presence.ConfirmedEpoch))
            .OrderBy(sight => sight.HostId),
    ];
}
