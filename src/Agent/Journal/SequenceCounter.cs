using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Grows with every claim, end and tombstone. Each of these records holds its own number, so that the
/// counter is read back from them; the file covers only those that were purged.
/// </summary>
internal sealed class SequenceCounter(string path)
{
    private readonly ulong? _kept = DurableFile.ReadIfPossible(path, SequenceRecord.Parser)?.Sequence;
    private ulong _given;
    private ulong _durable;

    /// <summary>False when the file is not there or cannot be read: what is purged may have had higher numbers.</summary>
    public bool IsWhole => _kept is not null;

    /// <summary>
    /// The highest number whose record is on disk. What is told to the hub: a higher one would be seen to fall
    /// when this process dies before the record is written.
    /// </summary>
    public ulong Current => Math.Max(Volatile.Read(ref _durable), _kept ?? 0);

    /// <summary>A number for a record that is about to be written; <see cref="Saw"/> is told when it is.</summary>
    public ulong Next()
    {
        Raise(ref _given, Current);
        return Interlocked.Increment(ref _given);
    }

    /// <summary>A record with this number is on disk.</summary>
    public void Saw(ulong sequence) => Raise(ref _durable, sequence);

    /// <summary>Before records are purged that may hold the highest number.</summary>
    public void Persist() => DurableFile.Write(path, new SequenceRecord { Sequence = Current });

    private static void Raise(ref ulong value, ulong least)
    {
        for (var seen = Volatile.Read(ref value); seen < least;)
        {
            var found = Interlocked.CompareExchange(ref value, least, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }
}
