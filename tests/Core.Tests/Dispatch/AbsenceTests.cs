using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Dispatch;

/// <summary>What becomes of work for agents that are away. Nobody is judged too early.</summary>
public abstract class AbsenceTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task What_cannot_be_sent_fails_after_the_patience_and_the_others_go_on()
    {
        await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b", connect: false);
        var rows = await DispatchedAsync(Spec("1", "2"));
        Engine.Time.Advance(TimeSpan.FromSeconds(14));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Pending", "Pending", "Pending");
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Pending", "DispatchFailed/AgentOffline", "Skipped/EarlierCommandFailed");
    }

    [Fact]
    public async Task The_patience_counts_from_the_break_of_the_stream()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await a.ByeAsync();
        var task = await CreateAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromSeconds(9));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Pending");
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "DispatchFailed/AgentOffline");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(task.Id));
    }

    [Fact]
    public async Task Nobody_is_judged_while_agents_are_still_coming_in_for_at_most_a_minute()
    {
        await Engine.AddHostAsync("away", connect: false);
        var task = await CreateAsync(Spec("1") with { Targets = new Core.Tasks.Composing.TargetSpec { Selector = "name=away" } });
        for (var second = 0; second < 58; second++)
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(1));
            await Engine.AddHostAsync($"h{second}");
            await SweepAsync();
        }

        await AssertRowsAsync(task.Id, "Pending");
        Engine.Time.Advance(TimeSpan.FromSeconds(3));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "DispatchFailed/AgentOffline");
    }

    [Fact]
    public async Task Hosts_that_are_offline_are_skipped_when_asked_and_the_task_is_Completed()
    {
        var a = await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b", connect: false);
        var rows = await DispatchedAsync(Spec("1", "2") with { OfflineHosts = OfflineHosts.Skip });
        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Pending", "Skipped/HostOffline", "Skipped/HostOffline");
        await a.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await a.FinishedAsync(Key(rows[1]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Succeeded", "Skipped/HostOffline", "Skipped/HostOffline");
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task A_host_that_goes_draining_is_skipped_and_what_runs_there_goes_on()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await Engine.Hosts.SetDrainingAsync(a.HostId, draining: true, TestEngine.Me, Cancel);
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Pending");
        await a.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Skipped/HostDraining");
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task A_host_that_was_deleted_gets_nothing_and_does_not_hold_up_its_task()
    {
        var a = await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1"));
        Assert.Null((await Engine.Hosts.DeleteAsync(a.HostId, TestEngine.Me, Cancel)).Problem);
        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        await Engine.DispatchAsync();
        await SweepAsync();
        await AssertRowsAsync(task.Id, "DispatchFailed/AgentOffline");
        Assert.Equal([a.HostId], Engine.Gateway.Disconnects);
    }

    [Fact]
    public async Task Unreachable_shows_at_once_and_is_lost_after_the_grace_unless_the_agent_comes_back()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        var rows = await DispatchedAsync(Spec("1"));
        await a.StartedAsync(Key(rows[0]));
        await b.StartedAsync(Key(rows[1]));
        await Engine.FlushAsync();
        var left = Engine.Time.GetUtcNow();
        await a.ByeAsync();
        await b.ByeAsync();
        await AssertRowsAsync(rows[0].TaskId, "Unreachable", "Unreachable");
        Assert.Equal(left, (await Engine.RowsAsync(rows[0].TaskId))[0].UnreachableSince);

        Engine.Time.Advance(TimeSpan.FromSeconds(100));
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        await AssertRowsAsync(rows[0].TaskId, "Running", "Unreachable");
        Engine.Time.Advance(TimeSpan.FromSeconds(21));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Running", "Failed/AgentLost");
    }

    [Fact]
    public async Task A_restart_makes_what_agents_hold_Unreachable_and_judges_nobody()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();

        await using var second = await TestEngine.StartAsync(Database);
        await second.Background<StartupRecovery>().StartingAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Unreachable", "Pending");
        second.Time.Advance(TimeSpan.FromSeconds(4));
        await second.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Unreachable", "Pending");
        var again = new TestAgent(second, a.HostId, a.Name) { JournalId = a.JournalId, JournalSequence = a.JournalSequence };
        await again.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Ended, 1, Engine.Time.GetUtcNow()));
        await again.FinishedAsync(Key(rows[0]));
        await second.FlushAsync();

        // Whoever held the scheduler's lease is gone: it is taken over within 5 s.
        second.Time.Advance(TimeSpan.FromSeconds(2));
        await second.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Dispatched");
    }

    [Fact]
    public async Task What_stays_silent_after_it_was_sent_is_sent_again()
    {
        await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1"));
        await SweepAsync();
        Engine.Gateway.Executes.Clear();
        Engine.Time.Advance(TimeSpan.FromSeconds(31));
        await SweepAsync();
        var orders = Engine.Gateway.Executes.OrderBy(order => order.Key.CommandHostId).ToList();
        Assert.Equal(rows.Select(Key), orders.Select(order => order.Key));
        Assert.All(orders, order => Assert.True(order.NotAfter > Engine.Time.GetUtcNow()));
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Dispatched");
    }

    private Task<int> SweepAsync() => Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
}

public sealed class SqliteAbsenceTests(SqliteDatabase database) : AbsenceTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbAbsenceTests(MariaDbDatabase database) : AbsenceTests(database), IClassFixture<MariaDbDatabase>;
