using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Hosts;

/// <summary>How far a journal was seen: one that is older must not pass as the same, and one that is not must not be taken for older.</summary>
public abstract class JournalSequenceTests(TestDatabase database) : EngineTests(database)
{
    private static readonly HostLoad Load = new(0, 0, 0, 0, 0);

    [Fact]
    public async Task A_journal_that_was_rolled_back_is_known_to_be_older_after_a_crash_of_the_console()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await a.StartedAsync(Key(rows[0]));
        await a.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Dispatched");
        Assert.Equal(3, (await HostAsync(a)).JournalSequence);

        // Another process over the same store, which has no memory of what agents said.
        await using var second = await TestEngine.StartAsync(Database);
        await second.Background<StartupRecovery>().StartingAsync(Cancel);
        var opening = await second.OpenAsync(a.HostId, a.JournalId, 1, []);
        Assert.NotNull(opening);
        Assert.Empty(opening.Executes);
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Failed/AgentLost");
    }

    [Fact]
    public async Task What_is_known_to_be_stored_is_not_written_again()
    {
        var (a, b) = (await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"));
        var rows = await DispatchedAsync(Spec("1"));
        await SqlAsync("CREATE TABLE raised (hosts INT)");
        try
        {
            await SqlAsync(CountRaises);
            await a.StartedAsync(Key(rows[0]));
            await Engine.FlushAsync();
            await b.StartedAsync(Key(rows[1]));
            await Engine.FlushAsync();
            Assert.Equal(2, await RaisesAsync());
            for (var repeat = 0; repeat < 3; repeat++)
            {
                a.JournalSequence--;
                await a.StartedAsync(Key(rows[0]));
                await Engine.FlushAsync();
            }

            Assert.Equal(2, await RaisesAsync());
            Assert.Equal((2, 2), ((await HostAsync(a)).JournalSequence, (await HostAsync(b)).JournalSequence));
        }
        finally
        {
            await SqlAsync("DROP TRIGGER raises");
            await SqlAsync("DROP TABLE raised");
        }
    }

    [Fact]
    public async Task A_hello_that_is_committed_before_the_end_of_the_last_session_is_judged_by_what_that_one_told()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Sessions.Heartbeat(a.HostId, a.Epoch, Load, 20);
        await SqlAsync("ALTER TABLE hosts RENAME TO hosts_away");
        await Engine.Sessions.CloseAsync(a.HostId, a.Epoch, Cancel);
        a.JournalSequence = 5;
        await Assert.ThrowsAnyAsync<Exception>(() => a.HelloAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        await SqlAsync("ALTER TABLE hosts_away RENAME TO hosts");
        Assert.Empty((await a.HelloAsync()).Executes);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
    }

    [Fact]
    public async Task An_end_that_is_found_missing_keeps_what_its_session_told()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Sessions.Heartbeat(a.HostId, a.Epoch, Load, 20);
        Engine.Get<HostPresence>().Closed(a.HostId, a.Epoch);
        await Engine.Sessions.CloseUnknownAsync(a.HostId, a.Epoch, Cancel);
        await (await Engine.AddHostAsync("b")).ByeAsync();
        Assert.Equal((false, 20), ((await HostAsync(a)).Connected, (await HostAsync(a)).JournalSequence));
    }

    [Fact]
    public async Task A_start_that_waits_for_the_store_counts_for_the_hello_that_overtakes_it()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await SqlAsync("ALTER TABLE command_hosts RENAME TO command_hosts_away");
        a.JournalSequence = 19;
        await a.StartedAsync(Key(rows[0]));
        Assert.Equal(20, Engine.Get<HostPresence>().SequenceOf(a.HostId, a.Epoch));
        await SqlAsync("ALTER TABLE command_hosts_away RENAME TO command_hosts");
    }

    [Fact]
    public async Task Once_an_older_journal_was_noticed_the_sequence_counts_from_there()
    {
        var a = await Engine.AddHostAsync("a");
        var first = await DispatchedAsync(Spec("1"));
        Engine.Sessions.Heartbeat(a.HostId, a.Epoch, Load, 1_000);
        await a.ByeAsync();
        a.JournalSequence = 5;
        await a.HelloAsync();
        await AssertRowsAsync(first[0].TaskId, "Failed/AgentLost");

        // What never arrived since is sent again, and not lost at every hello until the agent has passed the thousand.
        var second = await DispatchedAsync(Spec("2"));
        await a.ByeAsync();
        Assert.Single((await a.HelloAsync()).Executes);
        await AssertRowsAsync(second[0].TaskId, "Dispatched");

        // And a journal that is older again is noticed again.
        a.JournalSequence = 4;
        Assert.Empty((await a.HelloAsync()).Executes);
        await AssertRowsAsync(second[0].TaskId, "Failed/AgentLost");
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(1_000_002, 1)]
    [InlineData(1_000_001, 1_000_001)]
    public async Task A_sequence_that_no_journal_can_have_reached_is_ignored(long claimed, long believed)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Sessions.Heartbeat(a.HostId, a.Epoch, Load, claimed);
        await a.ByeAsync();
        Assert.Equal(believed, (await HostAsync(a)).JournalSequence);
        Assert.Equal(believed == 1 ? 1 : 0, (await a.HelloAsync()).Executes.Count);
        a.JournalSequence = claimed - 1;
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Assert.Equal(believed, (await HostAsync(a)).JournalSequence);
    }

    [Fact]
    public async Task What_is_silent_on_a_host_that_has_just_come_back_is_not_taken_for_away()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromSeconds(20));

        // As a look finds it that was made before the hello.
        await SqlAsync("UPDATE hosts SET connected = 0");
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
        await SqlAsync("UPDATE hosts SET connected = 1");
        await a.ByeAsync();
        await AssertRowsAsync(rows[0].TaskId, "Unreachable");
    }

    /// <summary>A trigger <c>raises</c> that writes a row to <c>raised</c> for each host whose sequence is written.</summary>
    protected abstract string CountRaises { get; }

    private async Task<int> RaisesAsync()
    {
        await using var context = Database.Context();
        return (await context.Database.SqlQueryRaw<int>("SELECT hosts AS Value FROM raised").ToListAsync(Cancel)).Count;
    }

    private async Task<Host> HostAsync(TestAgent agent)
    {
        await using var context = Engine.Read();
        return await context.Hosts.SingleAsync(host => host.Id == agent.HostId, Cancel);
    }
}

public sealed class SqliteJournalSequenceTests(SqliteDatabase database) : JournalSequenceTests(database), IClassFixture<SqliteDatabase>
{
    protected override string CountRaises => "CREATE TRIGGER raises AFTER UPDATE ON hosts BEGIN INSERT INTO raised VALUES (1); END";
}

public sealed class MariaDbJournalSequenceTests(MariaDbDatabase database) : JournalSequenceTests(database), IClassFixture<MariaDbDatabase>
{
    protected override string CountRaises => "CREATE TRIGGER raises AFTER UPDATE ON hosts FOR EACH ROW INSERT INTO raised VALUES (1)";
}
