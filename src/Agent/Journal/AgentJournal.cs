using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// The agent's memory on disk: which attempts it has claimed, which it will never start, and a sequence
/// that tells the hub whether this memory is whole. Nothing in a file can keep it from opening: what cannot
/// be read counts as having been there, and makes it another journal.
/// Not safe for two processes: see <see cref="DataDirectory.LockPath"/>.
/// </summary>
internal sealed partial class AgentJournal
{
    private const int IdBytes = 16;
    // A claim and what belongs to it need less.
    private const long LittleRoomBytes = 1 << 20;
    private readonly DataDirectory _data;
    private readonly SequenceCounter _sequence;
    private readonly ILogger<AgentJournal> _logger;
    private bool _isWhole = true;
    private JournalRecord? _unwritten;

    public AgentJournal(DataDirectory data, TimeProvider time, ILogger<AgentJournal> logger)
    {
        _data = data;
        _logger = logger;
        _sequence = new SequenceCounter(data.SequencePath);
        Tombstones = new TombstoneStore(data.TombstonesPath, _sequence, time, NoteDamage);
        Kept = [.. ScanAttempts()];
        Id = ReadOrMakeId();
        TryWriteMissing();
        if (data.FreeBytes() < LittleRoomBytes)
            LogNoRoom(data.Path);
    }

    /// <summary>Made with the journal, and anew when a part of it was lost: the hub then counts on nothing that it does not name.</summary>
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
            _sequence.Saw(claim.Sequence);
            return folder;
        }
        catch (IOException)
        {
            folder.Delete();
            throw;
        }
        catch (UnauthorizedAccessException failure)
        {
            folder.Delete();
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
        _sequence.Saw(sequence);
        return sequence;
    }

    /// <summary>Writes what could not be written before: an id made anew, tombstones.</summary>
    /// <returns>Whether there was something, and all of it is written.</returns>
    public bool TryWriteMissing()
    {
        if (_unwritten is null)
            return Tombstones.TryWriteMissing();
        try
        {
            // The id first: nothing that was lost is made up for under the old one.
            DurableFile.Write(_data.JournalPath, _unwritten);
            _sequence.Persist();
            _unwritten = null;
        }
        catch (IOException failure)
        {
            LogNotWritten(failure.Message);
            return false;
        }

        Tombstones.TryWriteMissing();
        return true;
    }

    private ByteString ReadOrMakeId()
    {
        var kept = DurableFile.ReadIfPossible(_data.JournalPath, JournalRecord.Parser);
        if (kept is not null && !_sequence.IsWhole)
            NoteDamage(_data.SequencePath);
        if (kept is null && File.Exists(_data.JournalPath))
            NoteDamage(_data.JournalPath);
        if (kept is not null && _isWhole)
            return kept.JournalId;
        _unwritten = new JournalRecord { JournalId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(IdBytes)) };
        return _unwritten.JournalId;
    }

    private List<(AttemptId Id, AttemptFolder Folder, ClaimRecord Claim)> ScanAttempts()
    {
        List<(AttemptId Id, AttemptFolder Folder, ClaimRecord Claim)> kept = [];
        new TreeRemover(_data.AttemptsPath).RemoveLeaving(CancellationToken.None);
        foreach (var path in Directory.EnumerateDirectories(_data.AttemptsPath))
        {
            var folder = new AttemptFolder(path);
            if (!AttemptId.TryParse(Path.GetFileName(folder.Path), out var id))
                continue;
            // Without a claim nothing was promised and nothing has started.
            if (!folder.IsClaimed && !folder.HasStart && !folder.HasEnd)
            {
                folder.Delete();
                continue;
            }

            kept.Add((id, folder, ReadOrReplaceClaim(id, folder)));
        }

        kept.Sort((left, right) => left.Claim.Sequence.CompareTo(right.Claim.Sequence));
        return kept;
    }

    private ClaimRecord ReadOrReplaceClaim(AttemptId id, AttemptFolder folder)
    {
        var reported = DurableFile.ReadIfPossible(folder.ReportedPath, ReportedRecord.Parser);
        if (reported is null && File.Exists(folder.ReportedPath))
            NoteDamage(folder.ReportedPath);
        _sequence.Saw(reported?.Sequence ?? 0);
        if (DurableFile.ReadIfPossible(folder.ClaimPath, ClaimRecord.Parser) is { } claim)
        {
            _sequence.Saw(claim.Sequence);
            return claim;
        }

        NoteDamage(folder.ClaimPath);
        return UnreadableClaim.Replace(id, folder.ClaimedAt);
    }

    private void NoteDamage(string path)
    {
        _isWhole = false;
        LogDamaged(path);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "'{Path}' is damaged; what it held is taken for lost, and the hub is told that this journal is another one")]
    private partial void LogDamaged(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The disk of '{Path}' has no room left: what runs goes on, what is new is refused until there is some")]
    private partial void LogNoRoom(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The id of a new journal cannot be kept yet: {Why}")]
    private partial void LogNotWritten(string why);
}
