using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Grows with every claim, end and tombstone. Each of these records holds its own number, so that the
/// counter is read back from them; the file covers only those that were purged.
/// </summary>
internal sealed class SequenceCounter(string path)
{
    private ulong _current = DurableFile.Read(path, SequenceRecord.Parser)?.Sequence ?? 0;

    public ulong Current => Volatile.Read(ref _current);

    public ulong Next() => Interlocked.Increment(ref _current);

    /// <summary>A record with this number was found.</summary>
    public void Saw(ulong sequence)
    {
        if (sequence > _current)
            _current = sequence;
    }

    /// <summary>Before records are purged that may hold the highest number.</summary>
    public void Persist() => DurableFile.Write(path, new SequenceRecord { Sequence = Current });
}
