using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Attempts that never start (again), each for 24 h. No copy of an Execute lives that long: it is
/// refused from its not_after on, at most 10 minutes after it was sent.
/// </summary>
internal sealed class TombstoneStore
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    // Longer than any copy of an Execute may start.
    private static readonly TimeSpan LongestCopy = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<AttemptId, TombstoneRecord> _tombstones = new();
    private readonly ConcurrentDictionary<AttemptId, TombstoneRecord> _unwritten = new();
    private readonly ConcurrentDictionary<AttemptId, long> _knownSince = new();
    private readonly string _folder;
    private readonly SequenceCounter _sequence;
    private readonly TimeProvider _time;
    private readonly Lock _writing = new();

    /// <param name="damaged">Told of each file that cannot be read; its name alone still keeps the attempt from starting.</param>
    public TombstoneStore(string folder, SequenceCounter sequence, TimeProvider time, Action<string> damaged)
    {
        _folder = folder;
        _sequence = sequence;
        _time = time;
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (DurableFile.IsBeside(file))
                TryDelete(file);
            if (!AttemptId.TryParse(Path.GetFileName(file), out var id))
                continue;
            if (DurableFile.ReadIfPossible(file, TombstoneRecord.Parser) is { } tombstone)
            {
                Know(id, tombstone);
                sequence.Saw(tombstone.Sequence);
                continue;
            }

            damaged(file);
            Know(id, _unwritten[id] = Make(id, 0));
        }
    }

    public bool TryGet(AttemptId id, [NotNullWhen(true)] out TombstoneRecord? tombstone) => _tombstones.TryGetValue(id, out tombstone);

    /// <summary>Whether it has one that would survive a loss of power.</summary>
    public bool IsDurable(AttemptId id) => _tombstones.ContainsKey(id) && !_unwritten.ContainsKey(id);

    /// <summary>
    /// Writes it durably, with the next sequence number. In force at once, and for as long as this process lives
    /// even when it could not be written; then <see cref="TryWriteMissing"/> writes it.
    /// </summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public TombstoneRecord Add(AttemptId id, Action<TombstoneRecord> fill)
    {
        var tombstone = Make(id, _sequence.Next());
        fill(tombstone);
        _unwritten[id] = tombstone;
        Know(id, tombstone);
        Write(id, tombstone);
        return tombstone;
    }

    /// <summary>Lets a tombstone have room that was reserved beside this path.</summary>
    public void GiveRoom(AttemptId id, string reserved) => DurableFile.MoveReserve(reserved, PathOf(id));

    /// <summary>Writes those that could not be written before; ends with the first that still cannot.</summary>
    /// <returns>Whether there were any, and all are written.</returns>
    public bool TryWriteMissing()
    {
        if (_unwritten.IsEmpty)
            return false;
        try
        {
            foreach (var (id, tombstone) in _unwritten)
                Write(id, tombstone);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Drops those past their lifetime.</summary>
    public void Purge()
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var old = _tombstones
            .Where(entry => Math.Abs(now - entry.Value.WrittenAtMs) > Lifetime.TotalMilliseconds && IsKnownLong(entry.Key))
            .Select(entry => entry.Key)
            .ToList();
        if (old.Count == 0)
            return;
        _sequence.Persist();
        foreach (var id in old)
        {
            File.Delete(PathOf(id));
            _unwritten.TryRemove(id, out _);
            _tombstones.TryRemove(id, out _);
            _knownSince.TryRemove(id, out _);
        }
    }

    // The date may have been set meanwhile; this process's own clock cannot be.
    private bool IsKnownLong(AttemptId id) => _time.GetElapsedTime(_knownSince[id]) > LongestCopy;

    private void Know(AttemptId id, TombstoneRecord tombstone)
    {
        _knownSince[id] = _time.GetTimestamp();
        _tombstones[id] = tombstone;
    }

    private TombstoneRecord Make(AttemptId id, ulong sequence) =>
        new() { Key = id.ToKey(), Sequence = sequence, WrittenAtMs = _time.GetUtcNow().ToUnixTimeMilliseconds() };

    private void Write(AttemptId id, TombstoneRecord tombstone)
    {
        lock (_writing)
        {
            if (!_unwritten.ContainsKey(id))
                return;
            if (tombstone.Sequence == 0)
                tombstone.Sequence = _sequence.Next();
            DurableFile.Write(PathOf(id), tombstone);
            _sequence.Saw(tombstone.Sequence);
            _unwritten.TryRemove(id, out _);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It means nothing; the next start tries again.
        }
    }

    private string PathOf(AttemptId id) => Path.Combine(_folder, id.ToString());
}
