using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_sequence_grows_with_claim_end_and_tombstone_and_survives_a_restart()
    {
        var journal = Open();
        var id = NewId();
        var folder = Claim(journal, id);
        Assert.Equal(1UL, journal.Sequence);
        Assert.Equal(2UL, journal.CountEnd(folder));
        Assert.Equal(2UL, journal.CountEnd(folder));
        journal.Tombstones.Add(id, _ => { });
        Assert.Equal(3UL, journal.Sequence);
        var again = Open();
        Assert.Equal((3UL, journal.Id), (again.Sequence, again.Id));
        folder.Delete();
        Assert.Equal(3UL, Open().Sequence);
    }

    [Fact]
    public void The_sequence_does_not_fall_when_the_records_that_hold_it_go()
    {
        var journal = Open();
        var id = NewId();
        journal.Tombstones.Add(id, _ => { });
        journal.Tombstones.Add(NewId(), _ => { });
        _time.Advance(TombstoneStore.Lifetime - TimeSpan.FromMinutes(1));
        journal.Tombstones.Purge();
        Assert.True(journal.Tombstones.TryGet(id, out _));
        _time.Advance(TimeSpan.FromMinutes(2));
        journal.Tombstones.Purge();
        Assert.False(journal.Tombstones.TryGet(id, out _));
        var again = Open();
        Assert.False(again.Tombstones.TryGet(id, out _));
        Assert.Equal(2UL, again.Sequence);
    }

    [Fact]
    public void A_date_that_is_set_does_not_make_a_tombstone_old()
    {
        var time = new SettableDate();
        var tombstones = Open(time).Tombstones;
        var id = NewId();
        tombstones.Add(id, _ => { });
        time.Date = time.Date.AddYears(50);
        tombstones.Purge();
        Assert.True(tombstones.TryGet(id, out _));
        time.Uptime += TimeSpan.FromMinutes(31);
        tombstones.Purge();
        Assert.False(tombstones.TryGet(id, out _));

        // Written when the date was far ahead: it goes too.
        var other = NewId();
        tombstones.Add(other, _ => { });
        time.Date = time.Date.AddYears(-50);
        time.Uptime += TimeSpan.FromMinutes(31);
        tombstones.Purge();
        Assert.False(tombstones.TryGet(other, out _));
    }

    [Fact]
    public void A_restored_snapshot_shows_as_a_lower_sequence_of_the_same_journal()
    {
        var journal = Open();
        Claim(journal, NewId());
        var snapshot = Path.Combine(_folder.Path, "snapshot");
        Copy(Path.Combine(_folder.Path, "data"), snapshot);
        Claim(journal, NewId());
        var restored = new AgentJournal(new DataDirectory(snapshot), _time, NullLogger<AgentJournal>.Instance);
        Assert.Equal(journal.Id, restored.Id);
        Assert.True(restored.Sequence < journal.Sequence);
    }

    [Fact]
    public void A_tombstone_keeps_what_it_answers_with()
    {
        var id = NewId();
        Open().Tombstones.Add(id, record => record.Refused = new Protocol.V1.Refused { Details = { new Protocol.V1.Detail { Code = "no" } } });
        Assert.True(Open().Tombstones.TryGet(id, out var tombstone));
        Assert.Equal("no", Assert.Single(tombstone.Refused.Details).Code);
    }

    [Fact]
    public void A_claim_that_cannot_be_written_leaves_nothing()
    {
        var journal = Open();
        var id = NewId();
        // Something that is not a folder stands where the attempt's would be.
        File.WriteAllText(Path.Combine(_folder.Path, "data", "attempts", id.ToString()), "");
        Assert.ThrowsAny<IOException>(() => Claim(journal, id));
        Assert.Empty(Open().Kept);
    }

    [Fact]
    public void Kept_attempts_are_found_oldest_claim_first()
    {
        var journal = Open();
        List<AttemptId> ids = [.. Enumerable.Range(0, 5).Select(_ => new AttemptId(Guid.NewGuid(), 2))];
        foreach (var id in ids)
            Claim(journal, id);
        Assert.Equal(ids, Open().Kept.Select(kept => kept.Id));
    }

    [Fact]
    public void A_folder_whose_deletion_was_cut_off_is_not_found_again_and_goes()
    {
        var journal = Open();
        var folder = Claim(journal, NewId());
        folder.WriteStart(new StartRecord { BootId = "this", Pid = 1 });
        Directory.Move(folder.Path, Path.Combine(Path.GetDirectoryName(folder.Path)!, "leaving-1"));
        Assert.Empty(Open().Kept);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder.Path)!));
    }

    [Fact]
    public void A_record_of_a_later_version_is_read_with_fields_that_this_one_does_not_know()
    {
        var path = Path.Combine(_folder.Path, "end");
        byte[] later = [.. new EndRecord { ExitCode = 3 }.ToByteArray(), 0xf8, 0x7e, 0x01];
        File.WriteAllBytes(path, RecordSeal.Put(later));
        Assert.Equal(3, DurableFile.Read(path, EndRecord.Parser)?.ExitCode);
    }

    [Fact]
    public void A_lock_is_held_by_one_until_it_is_let_go()
    {
        var folder = Claim(Open(), NewId());
        using (folder.Lock())
            Assert.Null(folder.TryLock());
        using var free = folder.TryLock();
        Assert.NotNull(free);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A host's two clocks, of which only one can be set.</summary>
    private sealed class SettableDate : TimeProvider
    {
        public DateTimeOffset Date { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Uptime { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Date;

        public override long GetTimestamp() => Uptime.Ticks;
    }

    private static AttemptId NewId() => new(Guid.CreateVersion7(), 1);

    private AgentJournal Open(TimeProvider? time = null) =>
        new(new DataDirectory(Path.Combine(_folder.Path, "data")), time ?? _time, NullLogger<AgentJournal>.Instance);

    private static AttemptFolder Claim(AgentJournal journal, AttemptId id) => journal.Claim(id, new ClaimRecord { Key = id.ToKey() });

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
