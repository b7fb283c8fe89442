using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Attempts that never start (again), each for 24 h. No copy of an Execute lives that long: it is
/// refused from its not_after on, at most 10 minutes after it was sent.
/// </summary>
internal sealed class TombstoneStore
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<AttemptId, TombstoneRecord> _tombstones = new();
    private readonly string _folder;
    private readonly SequenceCounter _sequence;
    private readonly TimeProvider _time;

    public TombstoneStore(string folder, SequenceCounter sequence, TimeProvider time)
    {
        _folder = folder;
        _sequence = sequence;
        _time = time;
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (!AttemptId.TryParse(Path.GetFileName(file), out var id))
                continue;
            if (DurableFile.Read(file, TombstoneRecord.Parser) is not { } tombstone)
                continue;
            _tombstones[id] = tombstone;
            sequence.Saw(tombstone.Sequence);
        }
    }

    public bool TryGet(AttemptId id, [NotNullWhen(true)] out TombstoneRecord? tombstone) => _tombstones.TryGetValue(id, out tombstone);

    /// <summary>
    /// Writes it durably, with the next sequence number. In force for as long as this process lives even
    /// when it could not be written.
    /// </summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public TombstoneRecord Add(AttemptId id, Action<TombstoneRecord> fill)
    {
        var tombstone = new TombstoneRecord
        {
            Key = id.ToKey(),
            Sequence = _sequence.Next(),
            WrittenAtMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        fill(tombstone);
        _tombstones[id] = tombstone;
        DurableFile.Write(PathOf(id), tombstone);
        return tombstone;
    }

    /// <summary>Drops those past their lifetime.</summary>
    public void Purge()
    {
        var oldest = (_time.GetUtcNow() - Lifetime).ToUnixTimeMilliseconds();
        var old = _tombstones.Where(entry => entry.Value.WrittenAtMs < oldest).Select(entry => entry.Key).ToList();
        if (old.Count == 0)
            return;
        _sequence.Persist();
        foreach (var id in old)
        {
            File.Delete(PathOf(id));
            _tombstones.TryRemove(id, out _);
        }
    }

    private string PathOf(AttemptId id) => Path.Combine(_folder, id.ToString());
}
