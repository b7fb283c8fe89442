using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// The agent's memory on disk: which attempts it has claimed, which it will never start, and a sequence
/// that tells the hub whether this memory is whole. Not safe for two processes: see <see cref="DataDirectory.LockPath"/>.
/// </summary>
internal sealed class AgentJournal
{
    private const int IdBytes = 16;
    private readonly DataDirectory _data;
    private readonly SequenceCounter _sequence;

    public AgentJournal(DataDirectory data, TimeProvider time)
    {
        _data = data;
        Id = ReadOrMakeId(data.JournalPath);
        _sequence = new SequenceCounter(data.SequencePath);
        Tombstones = new TombstoneStore(data.TombstonesPath, _sequence, time);
        Kept = [.. ScanAttempts()];
    }

    /// <summary>Made with the journal.</summary>
    public ByteString Id { get; }

    public ulong Sequence => _sequence.Current;

    public TombstoneStore Tombstones { get; }

    /// <summary>The attempts that were found at start, oldest claim first.</summary>
    public IReadOnlyList<(AttemptId Id, AttemptFolder Folder, ClaimRecord Claim)> Kept { get; }

    /// <summary>Claims an attempt durably: from here on it belongs to this host.</summary>
    /// <exception cref="IOException">It could not be written; nothing of it stays.</exception>
    public AttemptFolder Claim(AttemptId id, ClaimRecord claim)
    {
        claim.Sequence = _sequence.Next();
        var folder = _data.Attempt(id);
        try
        {
            folder.Claim(claim);
            return folder;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TryDelete(folder);
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>The number of an attempt's end; the same one at every later call for this attempt.</summary>
    public ulong CountEnd(AttemptFolder folder)
    {
        if (folder.ReadReported() is { } reported)
            return reported.Sequence;
        var sequence = _sequence.Next();
        folder.WriteReported(new ReportedRecord { Sequence = sequence });
        return sequence;
    }

    private static ByteString ReadOrMakeId(string path)
    {
        if (DurableFile.Read(path, JournalRecord.Parser) is { } record)
            return record.JournalId;
        var made = new JournalRecord { JournalId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(IdBytes)) };
        DurableFile.Write(path, made);
        return made.JournalId;
    }

    private List<(AttemptId Id, AttemptFolder Folder, ClaimRecord Claim)> ScanAttempts()
    {
        List<(AttemptId Id, AttemptFolder Folder, ClaimRecord Claim)> kept = [];
        foreach (var path in Directory.EnumerateDirectories(_data.AttemptsPath))
        {
            var folder = AttemptFolder.At(path);
            if (!AttemptId.TryParse(Path.GetFileName(folder.Path), out var id))
                continue;
            // Without a claim nothing was promised and nothing has started.
            if (folder.ReadClaim() is not { } claim)
            {
                TryDelete(folder);
                continue;
            }

            _sequence.Saw(claim.Sequence);
            _sequence.Saw(folder.ReadReported()?.Sequence ?? 0);
            kept.Add((id, folder, claim));
        }

        kept.Sort((left, right) => left.Claim.Sequence.CompareTo(right.Claim.Sequence));
        return kept;
    }

    private static void TryDelete(AttemptFolder folder)
    {
        try
        {
            folder.Delete();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It holds no claim; the next start tries again.
        }
    }
}
