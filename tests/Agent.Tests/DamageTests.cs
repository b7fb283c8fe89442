using System.Security.Cryptography;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>Files of the data directory cut, garbled, emptied or taken away while no agent was there.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>What can happen to a file.</summary>
    private enum Damage
    {
        Cut,
        BitFlipped,
        Zeroed,
        Longer,
    }

    [Fact]
    public void A_record_reads_as_it_was_written_or_not_at_all() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[0, 10], Gen.Enum<Damage>(), Gen.Int[0, 10_000]).Sample((message, exitCode, damage, place) =>
        {
            var path = Path.Combine(_folder.Path, Guid.NewGuid().ToString());
            var record = new EndRecord { Outcome = Outcome.Exited, ExitCode = exitCode, StartedAtMs = 1_700_000_000_000, Details = { new Detail { Code = Convert.ToHexString(message) } } };
            DurableFile.Write(path, record);
            Assert.Equal(record, DurableFile.Read(path, EndRecord.Parser));
            Apply(path, damage, place);
            Assert.Null(DurableFile.Read(path, EndRecord.Parser));
            File.Delete(path);
        },
            iter: 2_000);

    [Theory]
    [InlineData("sequence")]
    [InlineData("journal")]
    [InlineData("attempts/{0}/claim")]
    [InlineData("attempts/{0}/reported")]
    [InlineData("tombstones/{1}")]
    public void A_journal_that_lost_a_part_is_another_journal_for_good(string file)
    {
        var journal = Open();
        var (kept, gone) = (NewId(), NewId());
        var folder = journal.Claim(kept, new ClaimRecord { Key = kept.ToKey() });
        journal.CountEnd(folder);
        journal.Tombstones.Add(gone, _ => { });
        Assert.Equal(journal.Id, Open().Id);
        Apply(Path.Combine(_folder.Path, "data", string.Format(System.Globalization.CultureInfo.InvariantCulture, file, kept, gone)), Damage.Cut, 1);

        var another = Open();
        Assert.NotEqual(journal.Id, another.Id);
        Assert.True(another.Tombstones.TryGet(gone, out _));
        Assert.Equal(kept, Assert.Single(another.Kept).Id);
        // A claim stays as it is until the attempt is over; all else is made good.
        if (!file.EndsWith("claim", StringComparison.Ordinal))
        {
            another.CountEnd(another.Kept[0].Folder);
            Assert.Equal(another.Id, Open().Id);
        }
    }

    [Fact]
    public void A_counter_that_is_gone_makes_another_journal()
    {
        var journal = Open();
        File.Delete(Path.Combine(_folder.Path, "data", "sequence"));
        Assert.NotEqual(journal.Id, Open().Id);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("garbage")]
    public async Task The_hint_of_what_was_acknowledged_can_be_lost(string how)
    {
        await using var fixture = await AgentFixture.StartAsync();
        // The hub goes by what its store has, not by the agent's memory.
        fixture.Hub.State.Reconcile = (_, welcome) => Assert.All(welcome.Attempts, reconciled => reconciled.StdoutOffset = 4);
        var go = Path.Combine(_folder.Path, "go");
        var attempt = await fixture.ExecuteAsync($"echo one; while [ ! -e {go} ]; do sleep 0.02; done; echo two");
        await Eventually.TrueAsync(() => attempt.Stdout == "one\n", "the first line came");
        fixture.Agent.Terminate();
        await fixture.Agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        var folder = new AttemptFolder(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName));
        folder.WriteAcknowledged(new AcknowledgedRecord { StdoutOffset = 4 });
        var hint = Path.Combine(folder.Path, "acknowledged");
        if (how == "gone")
            File.Delete(hint);
        else if (how == "cut")
            File.WriteAllBytes(hint, []);
        else
            File.WriteAllBytes(hint, [.. Enumerable.Range(0, 99).Select(i => (byte)(i * 7))]);

        var session = await fixture.StartAgentAsync();
        Assert.Equal(0, Assert.Single(session.Hello.Attempts).StdoutAcknowledged);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await attempt.FinishedAsync()).ExitCode);
        Assert.Equal("one\ntwo\n", attempt.Stdout);
    }

    [Fact]
    public async Task A_damaged_end_is_told_as_lost_and_what_the_script_left_running_is_left_alone()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var attempt = await fixture.ExecuteAsync("echo out; sleep 300 >/dev/null 2>&1 & exit 3");
        await attempt.FinishedAsync();
        await fixture.Agent.KillAsync();
        Apply(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName, "end"), Damage.BitFlipped, 3);
        await fixture.StartAgentAsync();
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "it is told again");
        Assert.Equal((Outcome.SupervisorLost, 4), (attempt.AllFinished[1].Outcome, attempt.AllFinished[1].StdoutBytes));
        var left = Assert.Single(ProcessTable.Of(attempt));
        Signals.Send(left, Signals.Kill);
    }

    [Fact]
    public async Task A_damaged_start_record_counts_as_started_and_what_is_left_is_killed()
    {
        await using var fixture = await AgentFixture.StartAsync(new HubState { Acknowledges = false });
        var attempt = await fixture.ExecuteAsync("sleep 300");
        await attempt.StartedAsync();
        await fixture.Agent.KillAsync();
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        Apply(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName, "start"), Damage.Zeroed, 0);
        await fixture.StartAgentAsync();
        Assert.Equal(Outcome.SupervisorLost, (await attempt.FinishedAsync()).Outcome);
        Assert.Empty(ProcessTable.Of(attempt));
    }

    [Fact]
    public async Task A_running_attempt_whose_claim_is_damaged_is_followed_to_its_end()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var go = Path.Combine(_folder.Path, "go");
        var attempt = await fixture.ExecuteAsync($"echo one; while [ ! -e {go} ]; do sleep 0.02; done; exit 5");
        await attempt.StartedAsync();
        await fixture.Agent.KillAsync();
        Apply(Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName, "claim"), Damage.Cut, 5);
        var session = await fixture.StartAgentAsync();
        Assert.Equal((attempt.Key, JournalEntry.Types.State.Running), (session.Hello.Attempts[0].Key, session.Hello.Attempts[0].State));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        Assert.Equal((Outcome.Exited, 5), ((await attempt.FinishedAsync()).Outcome, attempt.AllFinished[0].ExitCode));
        Assert.Equal("one\n", attempt.Stdout);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("identity")]
    public async Task A_host_that_lost_who_it_was_asks_to_join_again(string file)
    {
        await using var fixture = await AgentFixture.StartAsync();
        await fixture.Agent.KillAsync();
        Apply(Path.Combine(fixture.Data.Path, file), Damage.Cut, 40);
        await fixture.StartAgentAsync();
        Assert.Equal(2, fixture.Hub.State.Enrolments.Count);
    }

    [Fact]
    public async Task A_key_of_a_curve_that_does_not_exist_is_a_damaged_key()
    {
        await using var fixture = await AgentFixture.StartAsync();
        await fixture.Agent.KillAsync();
        var file = Path.Combine(fixture.Data.Path, "key");
        var fields = PemEncoding.Find(File.ReadAllText(file));
        var key = Convert.FromBase64String(File.ReadAllText(file)[fields.Base64Data]);
        // prime256v1 (RFC 5480) by its number in DER; its last arc becomes one that nobody gave away.
        ReadOnlySpan<byte> curve = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        var place = key.AsSpan().IndexOf(curve);
        Assert.NotEqual(-1, place);
        key[place + curve.Length - 1] = 0x7F;
        using (var unknown = ECDsa.Create())
        {
            Assert.Throws<PlatformNotSupportedException>(() => unknown.ImportPkcs8PrivateKey(key, out _));
        }

        File.WriteAllText(file, PemEncoding.WriteString("PRIVATE KEY", key));

        await fixture.StartAgentAsync();
        Assert.Equal(2, fixture.Hub.State.Enrolments.Count);
    }

    [Fact]
    public async Task Whatever_file_is_damaged_while_no_agent_is_there_nothing_starts_twice_and_everything_is_told()
    {
        const int rounds = 8;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var state = new HubState { Acknowledges = false };
        await using var fixture = await AgentFixture.StartAsync(state);
        var (go, ran) = (Path.Combine(_folder.Path, "go"), Path.Combine(_folder.Path, "ran"));
        List<(AttemptView View, string Script)> attempts = [];
        for (var round = 0; round < rounds; round++)
        {
            var (running, ended, released) = (await ExecuteAsync("while [ ! -e GO ]; do sleep 0.05; done; exit 2"), await ExecuteAsync("exit 3"), await ExecuteAsync("exit 4"));
            await running.StartedAsync();
            await ended.FinishedAsync();
            await released.FinishedAsync();
            await fixture.SendAsync(new HubMessage { Acknowledge = new Acknowledge { Key = released.Key, End = true } });
            await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(fixture.Data.Path, "attempts", released.FolderName)), "its folder is gone");
            await fixture.Agent.KillAsync();
            var file = random.GetItems(DamageableFiles(fixture.Data.Path), 1)[0];
            var (damage, place) = ((Damage)random.Next(4), random.Next(10_000));
            TestContext.Current.TestOutputHelper?.WriteLine($"{damage} at {place}: {file}");
            Apply(file, damage, place);
            await fixture.StartAgentAsync();
        }

        // Copies of all that ever was: none may start again.
        foreach (var (view, script) in attempts)
            await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(view, script) });
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        state.Acknowledges = true;
        fixture.Session.Break();
        foreach (var (view, _) in attempts)
            await view.FinishedAsync();
        await Eventually.TrueAsync(() => Directory.GetDirectories(Path.Combine(fixture.Data.Path, "attempts")).Length == 0, "all folders are gone");
        Assert.False(fixture.Agent.HasExited);
        Assert.Equal(attempts.Select(attempt => attempt.View.FolderName).Order(), File.ReadLines(ran).Order());

        async Task<AttemptView> ExecuteAsync(string end)
        {
            var view = new AttemptView(state, Guid.CreateVersion7());
            var script = $"echo {view.FolderName} >> {ran}; echo out; {end.Replace("GO", go, StringComparison.Ordinal)}";
            attempts.Add((view, script));
            await fixture.SendAsync(new HubMessage { Execute = AgentFixture.MakeExecute(view, script) });
            return view;
        }
    }

    // The script is the interpreter's, and the socket is none.
    private static string[] DamageableFiles(string folder) =>
        [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Length > 0 && file.Name is not ("script" or "sock")).Select(file => file.FullName).Order()];

    public void Dispose() => _folder.Dispose();

    private AgentJournal Open() => new(new DataDirectory(Path.Combine(_folder.Path, "data")), TimeProvider.System, NullLogger<AgentJournal>.Instance);

    private static AttemptId NewId() => new(Guid.CreateVersion7(), 1);

    private static void Apply(string path, Damage damage, int place)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.NotEmpty(bytes);
        var at = place % bytes.Length;
        switch (damage)
        {
            case Damage.Cut:
                bytes = bytes[..at];
                break;
            case Damage.BitFlipped:
                bytes[at] ^= (byte)(1 << (place % 8));
                break;
            case Damage.Zeroed:
                // One byte may be zero already, all of them are not.
                bytes.AsSpan(bytes[at..].Any(value => value != 0) ? at : 0).Clear();
                break;
            default:
                bytes = [.. bytes, 0];
                break;
        }

        File.WriteAllBytes(path, bytes);
    }
}
