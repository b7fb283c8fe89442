using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Dispatch;

/// <summary>What a sweep costs when nothing is due, and what it finds that was not handed over.</summary>
public abstract class SweepTests(TestDatabase database) : EngineTests(database)
{
    private StatementCount? _count;

    public override async ValueTask InitializeAsync()
    {
        await Database.ResetAsync();
        _count = new StatementCount(Database);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _count?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Many_tasks_cost_as_many_questions_as_one()
    {
        var agents = new[] { await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"), await Engine.AddHostAsync("away", connect: false) };
        var costs = new List<int>();
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        foreach (var more in new[] { 1, 19 })
        {
            for (var task = 0; task < more; task++)
            {
                await CreateAsync(Spec("1", "2") with { OfflineHosts = task % 2 == 0 ? OfflineHosts.Wait : OfflineHosts.Skip, WaitSeconds = task % 2 == 0 ? 3_600 : null, TimeoutSeconds = 7_200 });
            }

            // Something of each kind is open, and nothing of it is due.
            await Engine.DispatchAsync();
            await agents[0].ByeAsync();
            Engine.Time.Advance(TimeSpan.FromSeconds(70));
            await agents[0].HelloAsync();
            Engine.Time.Advance(TimeSpan.FromSeconds(3));
            await agents[0].ByeAsync();
            await SweepAsync();
            await SweepAsync();
            costs.Add(await CostAsync());
        }

        Assert.InRange(costs[0], 1, 8);
        Assert.Equal(costs[0], costs[1]);
    }

    [Fact]
    public async Task What_waits_for_a_host_that_was_deleted_is_settled_at_the_next_sweep()
    {
        await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var task = await CreateAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await SweepAsync();
        Assert.Null((await Engine.Hosts.DeleteAsync(b.HostId, TestEngine.Me, Cancel)).Problem);
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Pending", "DispatchFailed/AgentOffline");

        // Nor is a task overlooked that was started only then.
        var later = await CreateAsync(Spec("1") with { Start = false });
        await SweepAsync();
        Assert.Null((await Engine.Hosts.DeleteAsync((await Engine.RowsAsync(later.Id))[0].HostId, TestEngine.Me, Cancel)).Problem);
        await Engine.AddHostAsync("c");
        await SweepAsync();
        await Engine.Tasks.StartAsync(later.Id, TestEngine.Me, Cancel);
        await SweepAsync();
        await AssertRowsAsync(later.Id, "DispatchFailed/AgentOffline");
    }

    [Fact]
    public async Task A_host_that_was_deleted_while_another_joined_is_seen_as_well()
    {
        await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var task = await CreateAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await SweepAsync();
        Assert.Null((await Engine.Hosts.DeleteAsync(b.HostId, TestEngine.Me, Cancel)).Problem);
        await Engine.AddHostAsync("c");
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Pending", "DispatchFailed/AgentOffline");
    }

    [Fact]
    public async Task A_retry_that_falls_due_on_a_host_that_was_deleted_is_not_overlooked()
    {
        var a = await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 1, RetryDelaySeconds = 90 }] });
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await AssertRowsAsync(rows[0].TaskId, "Pending", "Dispatched");
        Assert.Null((await Engine.Hosts.DeleteAsync(a.HostId, TestEngine.Me, Cancel)).Problem);
        await SweepAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(89));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Pending", "Dispatched");
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ExitCode", "Dispatched");
    }

    [Fact]
    public async Task What_could_not_be_handed_over_is_sent_at_the_next_sweep_and_once()
    {
        await Engine.AddHostAsync("a");
        Engine.Time.Advance(TimeSpan.FromSeconds(60));
        await SweepAsync();
        Engine.Gateway.Delivers = false;
        var rows = await DispatchedAsync(Spec("1"));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
        Engine.Gateway.Delivers = true;
        Engine.Time.Advance(TimeSpan.FromMilliseconds(500));
        await SweepAsync();
        Assert.Equal(Key(rows[0]), Assert.Single(Engine.Gateway.Executes).Key);
        Engine.Time.Advance(TimeSpan.FromMilliseconds(500));
        await SweepAsync();
        Assert.Single(Engine.Gateway.Executes);
    }

    [Fact]
    public async Task What_could_not_be_handed_over_and_then_came_with_the_hello_is_not_sent_again()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Time.Advance(TimeSpan.FromSeconds(60));
        await SweepAsync();
        Engine.Gateway.Delivers = false;
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Single((await a.HelloAsync()).Executes);
        Engine.Gateway.Delivers = true;
        await SweepAsync();
        Assert.Empty(Engine.Gateway.Executes);
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task What_was_canceled_before_it_was_handed_over_is_not_sent()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Time.Advance(TimeSpan.FromSeconds(60));
        await SweepAsync();
        Engine.Gateway.Delivers = false;
        var rows = await DispatchedAsync(Spec("1"));
        await Engine.Tasks.CancelAsync(rows[0].TaskId, [a.HostId], TestEngine.Me, Cancel);
        Engine.Gateway.Delivers = true;
        await SweepAsync();
        Assert.Empty(Engine.Gateway.Executes);
        Assert.Equal(Key(rows[0]), Assert.Single(Engine.Gateway.Cancels).Key);
    }

    /// <summary>Statements of one sweep.</summary>
    private async Task<int> CostAsync()
    {
        _count!.Take();
        await SweepAsync();
        return _count.Take();
    }

    private Task<int> SweepAsync() => Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
}

public sealed class SqliteSweepTests(SqliteDatabase database) : SweepTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbSweepTests(MariaDbDatabase database) : SweepTests(database), IClassFixture<MariaDbDatabase>;
