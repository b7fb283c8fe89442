using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Writes load and last sight of connected agents to the store once a minute.</summary>
internal sealed class PresenceWriter(Store store, HostPresence presence) : IChore
{
    private const int MaxGroup = 1_000;

    public string Name => "presence-writer";

    public TimeSpan Interval => TimeSpan.FromMinutes(1);

    public ChoreScope Scope => ChoreScope.Instance;

    public TimeSpan Limit => TimeSpan.FromMinutes(5);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var group in presence.All().OrderBy(entry => entry.Key).Chunk(MaxGroup))
        {
            List<HostSight> sights = [.. group.Select(entry => new HostSight(entry.Key, entry.Value.Epoch, entry.Value.LastSeen, Json.Write(entry.Value.Load), entry.Value.JournalSequence, entry.Value.ConfirmedEpoch))];
            await store.WriteAsync((unit, token) => unit.Dialect.WriteSightsAsync(unit.Context, sights, token), cancellationToken);
            written += sights.Count;
        }

        return written;
    }
}
