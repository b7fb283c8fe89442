using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Events;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Queue;

/// <summary>Whoever waits is told why, and waits no longer than that.</summary>
public abstract class HoldTests(TestDatabase database) : EngineTests(database)
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Dispatch:MaxRunningPerHost"] = "1",
        ["Dispatch:MaxRunningExecutions"] = "2",
        ["Dispatch:MaxRunningTasks"] = "3",
    };

    [Fact]
    public async Task What_waits_for_absent_hosts_says_so_until_one_comes()
    {
        var a = await Engine.AddHostAsync("a", connect: false);
        await Engine.AddHostAsync("b", connect: false);
        var task = await CreateAsync(Spec("1") with { OfflineHosts = OfflineHosts.Wait });
        Assert.Null(await HoldAsync(task.Id));
        await Engine.DispatchAsync();
        var since = Engine.Time.GetUtcNow();
        Assert.Equal(("hosts-away (hosts: 2)", since), await HoldAsync(task.Id));
        var rows = await Engine.RowsAsync(task.Id);
        Assert.Equal("hosts-away (hosts: 1, host: a)", (await RowHoldAsync(rows[0]))?.Why);

        // The same hold is not begun anew.
        await RoundAfterRestAsync();
        Assert.Equal(("hosts-away (hosts: 2)", since), await HoldAsync(task.Id));

        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(task.Id, "Dispatched", "Pending");
        Assert.Null(await HoldAsync(task.Id));
        Assert.Null(await RowHoldAsync(rows[0]));
        await RoundAfterRestAsync();
        Assert.Equal("hosts-away (hosts: 1)", (await HoldAsync(task.Id))?.Why);
        Assert.Null((await Engine.Tasks.CancelAsync(task.Id, null, TestEngine.Me, Cancel)).Problem);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(task.Id));
        Assert.Null(await HoldAsync(task.Id));
    }

    [Fact]
    public async Task What_waits_for_a_busy_host_says_so_until_it_is_free()
    {
        var a = await Engine.AddHostAsync("a");
        var first = await DispatchedAsync(Spec("1"));
        var second = await DispatchedAsync(Spec("1", "2"));
        Assert.Equal("hosts-busy (hosts: 1, limit: 1)", (await HoldAsync(second[0].TaskId))?.Why);
        Assert.Equal("hosts-busy (hosts: 1, limit: 1)", (await RowHoldAsync(second[0]))?.Why);
        Assert.Equal("earlier-command (command: 1)", (await RowHoldAsync(second[1]))?.Why);

        await a.FinishedAsync(Key(first[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(second[0].TaskId, "Dispatched", "Pending");
        Assert.Null(await HoldAsync(second[0].TaskId));
        Assert.Equal("earlier-command (command: 1)", (await RowHoldAsync(second[1]))?.Why);
    }

    [Fact]
    public async Task The_limit_of_the_fleet_is_told_until_there_is_room()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 5; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var full = await DispatchedAsync(On(agents[0], agents[1], agents[2]));
        await AssertRowsAsync(full[0].TaskId, "Dispatched", "Dispatched", "Pending");
        var waiting = await DispatchedAsync(On(agents[3]));
        Assert.Equal("fleet-limit (limit: 2)", (await HoldAsync(waiting[0].TaskId))?.Why);
        Assert.Equal("fleet-limit (limit: 2)", (await RowHoldAsync(waiting[0]))?.Why);
        await agents[0].FinishedAsync(Key(full[0]));
        await agents[1].FinishedAsync(Key(full[1]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(waiting[0].TaskId, "Dispatched");
        Assert.Null(await HoldAsync(waiting[0].TaskId));
    }

    [Fact]
    public async Task A_hold_that_was_noted_and_is_over_before_it_is_stored_is_not_stored()
    {
        var (a, b) = (await Engine.AddHostAsync("a", connect: false), await Engine.AddHostAsync("b", connect: false));
        await DispatchedAsync(On(b) with { OfflineHosts = OfflineHosts.Wait });
        var late = await DispatchedAsync(On(a) with { OfflineHosts = OfflineHosts.Wait });
        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(late[0].TaskId, "Dispatched");
        await RoundAfterRestAsync();
        Assert.Null(await HoldAsync(late[0].TaskId));
    }

    [Fact]
    public async Task What_ends_elsewhere_wakes_nobody_who_waits_for_absent_hosts_and_a_host_that_comes_does()
    {
        var (here, away) = (await Engine.AddHostAsync("here"), await Engine.AddHostAsync("away", connect: false));
        var running = await DispatchedAsync(On(here));
        var rows = await DispatchedAsync(On(away) with { OfflineHosts = OfflineHosts.Wait });
        await using (var context = Engine.Get<StoreContexts>().CreateDbContext())
        {
            context.Hosts.Single(host => host.Id == away.HostId).Connected = true;
            await context.SaveChangesAsync(Cancel);
        }

        // Nobody told that the host is here: only a look would find it.
        await here.FinishedAsync(Key(running[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Pending");
        Engine.Get<DispatchSignal>().Wake(DispatchCause.HostsCame);
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task A_hundred_tasks_that_wait_for_absent_hosts_stand_in_nobodys_way()
    {
        var away = await Engine.AddHostAsync("away", connect: false);
        var here = await Engine.AddHostAsync("here");
        for (var index = 0; index < 110; index++)
        {
            await CreateAsync(On(away) with { Priority = TaskPriority.High, OfflineHosts = OfflineHosts.Wait });
        }

        var open = await DispatchedAsync(On(here) with { Priority = TaskPriority.Low });
        await AssertRowsAsync(open[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task A_hint_that_was_lost_is_made_up_for_within_seconds()
    {
        var a = await Engine.AddHostAsync("a", connect: false);
        var rows = await DispatchedAsync(On(a) with { OfflineHosts = OfflineHosts.Wait });
        await using (var context = Engine.Get<StoreContexts>().CreateDbContext())
        {
            context.Hosts.Single(host => host.Id == a.HostId).Connected = true;
            await context.SaveChangesAsync(Cancel);
        }

        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Pending");
        await RoundAfterRestAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task A_retry_says_when_it_comes_and_comes_then()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 1, RetryDelaySeconds = 2 }] });
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        Assert.Null(await HoldAsync(rows[0].TaskId));
        Assert.Equal("retry-wait (at: 2026-03-01T08:00:02Z)", (await RowHoldAsync(rows[0]))?.Why);
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task Secrets_that_cannot_be_read_hold_their_task_alone()
    {
        var a = await Engine.AddHostAsync("a");
        var secret = await CreateAsync(Spec("1") with { SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = "correct horse" } });

        // Each engine of these tests has keys of its own.
        await using var second = await TestEngine.StartAsync(Database, Settings);
        var again = new TestAgent(second, a.HostId, a.Name) { JournalId = a.JournalId, JournalSequence = a.JournalSequence };
        await again.HelloAsync();
        await second.DispatchAsync();
        Assert.Empty(second.Gateway.Executes);
        await AssertRowsAsync(secret.Id, "Pending");
        Assert.Equal("secrets-unreadable", (await HoldAsync(secret.Id))?.Why);
        Assert.Equal("secrets-unreadable", (await RowHoldAsync((await Engine.RowsAsync(secret.Id))[0]))?.Why);
        Assert.Equal(OpsTaskStatus.Canceled, (await second.Tasks.CancelAsync(secret.Id, null, TestEngine.Me, Cancel)).Value.Status);
    }

    [Fact]
    public async Task A_scheduler_that_leads_no_more_notes_no_hold()
    {
        await Engine.AddHostAsync("a", connect: false);
        var task = await CreateAsync(Spec("1") with { OfflineHosts = OfflineHosts.Wait });
        await using var other = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        other.Time.Advance(LeaderLease.Patience);
        Assert.True(await other.Get<LeaderLease>().TryAsync(Cancel));
        await Assert.ThrowsAsync<LeadershipLostException>(Engine.DispatchAsync);
        Assert.Null(await HoldAsync(task.Id));
    }

    private static TaskSpec On(params TestAgent[] agents) => Spec("1") with { Targets = new TargetSpec { HostIds = [.. agents.Select(agent => agent.HostId)] } };

    private async Task RoundAfterRestAsync()
    {
        Engine.Time.Advance(RestingTasks.Longest);
        await Engine.DispatchAsync();
    }

    private async Task<(string Why, DateTimeOffset Since)?> HoldAsync(Guid taskId)
    {
        var hold = (await Engine.Queries.GetAsync(taskId, TestEngine.Me, Cancel)).Value.Hold;
        Assert.Equal(hold?.Code, (await Engine.Queries.GetSummaryAsync(taskId, TestEngine.Me, Cancel)).Value.Hold?.Code);
        return Told(hold);
    }

    private async Task<(string Why, DateTimeOffset Since)?> RowHoldAsync(CommandHost row) =>
        Told((await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value.Hold);

    private static (string Why, DateTimeOffset Since)? Told(HoldView? hold) =>
        hold is null ? null : (new CodedMessage(hold.Code, hold.Arguments).ToString(), hold.Since);
}

public sealed class SqliteHoldTests(SqliteDatabase database) : HoldTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbHoldTests(MariaDbDatabase database) : HoldTests(database), IClassFixture<MariaDbDatabase>;
