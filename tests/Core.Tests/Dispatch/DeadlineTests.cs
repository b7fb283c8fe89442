using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Dispatch;

/// <summary>Deadlines that the server holds itself; all of them outlive a restart, since they are read off the store.</summary>
public abstract class DeadlineTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_silent_agent_that_is_here_is_given_up_only_long_after_the_timeout_and_a_late_result_corrects_it()
    {
        var a = await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30 }] });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();

        // Timeout 30 s, kill grace 5 s, 60 s of patience; b never said that it started.
        Engine.Time.Advance(TimeSpan.FromSeconds(94));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Running", "Dispatched");
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Failed/ServerDeadline");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));

        await a.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Failed/ServerDeadline");
    }

    [Fact]
    public async Task What_falls_due_at_once_is_given_up_in_rollout_order_whatever_its_status()
    {
        var a = await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30, OnFailure = OnFailure.StopTask }, new CommandSpec { Script = "2" }] });
        await a.StartedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Running", "Pending", "Dispatched", "Pending");
        Engine.Time.Advance(TimeSpan.FromSeconds(200));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Skipped/EarlierCommandFailed", "Failed/ServerDeadline", "Skipped/RolloutStopped");
    }

    [Fact]
    public async Task An_agent_that_has_just_come_back_is_given_time_to_say_what_it_knows()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30 }] });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(200));
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Ended, 2, Engine.Time.GetUtcNow()));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Running");
        await a.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
    }

    [Fact]
    public async Task What_was_given_up_on_an_agent_that_stays_is_settled_by_a_hello_and_the_next_command_follows()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30, OnFailure = OnFailure.Continue }, new CommandSpec { Script = "2" }] });
        Engine.Time.Advance(TimeSpan.FromSeconds(96));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Pending");
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Pending");

        Assert.Equal([a.HostId], Engine.Gateway.Reconciles);
        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "DispatchFailed/AgentOffline", "Dispatched");
    }

    [Fact]
    public async Task An_agent_that_comes_and_goes_without_end_is_given_up_too()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30 }] });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        for (var seconds = 0; seconds < 95 + 600; seconds += 30)
        {
            await AssertRowsAsync(rows[0].TaskId, "Running");
            Engine.Time.Advance(TimeSpan.FromSeconds(30));
            await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 2, Engine.Time.GetUtcNow()));
            await SweepAsync();
        }

        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline");
    }

    [Fact]
    public async Task What_could_not_be_said_while_the_store_was_away_is_no_silence()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", TimeoutSeconds = 30 }] });
        await a.StartedAsync(Key(rows[0]));
        await b.StartedAsync(Key(rows[1]));
        await Engine.FlushAsync();
        await b.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(300));
        Engine.Get<StoreHealth>().Troubled();
        Engine.Time.Advance(TimeSpan.FromSeconds(59));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Running", "Unreachable");
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Unreachable");

        // The grace counts from 5 s after the outage.
        Engine.Time.Advance(TimeSpan.FromSeconds(65));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline", "Failed/AgentLost");
    }

    [Fact]
    public async Task When_the_task_runs_out_of_time_the_rest_is_skipped_and_what_runs_is_killed_by_its_agent()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1", "2") with { TimeoutSeconds = 60 });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await b.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(59));
        await SweepAsync();
        Assert.Empty(Engine.Gateway.Cancels);

        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Running", "Skipped/TaskTimeout", "Unreachable", "Skipped/TaskTimeout");
        Assert.Contains(Engine.Gateway.Cancels, cancel => cancel.Key == Key(rows[0]) && cancel.Cause == CancelCause.TaskTimeout);

        // The one that was away is told when it comes back.
        var opening = await b.HelloAsync(new JournalEntryReport(Key(rows[2]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(CancelCause.TaskTimeout, Assert.Single(opening.Attempts).Cancel!.Cause);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.TaskTimedOut);
        await b.FinishedAsync(Key(rows[2]), AttemptOutcome.Exited);
        await AssertRowsAsync(rows[0].TaskId, "TimedOut/TaskTimeout", "Skipped/TaskTimeout", "Succeeded", "Skipped/TaskTimeout");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task After_the_timeout_of_its_task_nothing_is_tried_again()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 3 }], TimeoutSeconds = 10 });
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(11));
        await SweepAsync();
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await AssertRowsAsync(rows[0].TaskId, "Failed/ExitCode");
    }

    [Fact]
    public async Task A_host_that_is_away_is_waited_for_when_asked_and_no_longer_than_that()
    {
        var a = await Engine.AddHostAsync("a", connect: false);
        await Engine.AddHostAsync("b", connect: false);
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        var task = await CreateAsync(Spec("1") with { OfflineHosts = OfflineHosts.Wait, WaitSeconds = 300 });
        Engine.Time.Advance(TimeSpan.FromSeconds(299));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Pending", "Pending");
        await a.HelloAsync();
        await Engine.DispatchAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(3));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Dispatched", "DispatchFailed/WaitExpired");
    }

    [Fact]
    public async Task A_host_is_waited_for_ten_minutes_when_the_task_does_not_say()
    {
        await Engine.AddHostAsync("a", connect: false);
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        var task = await CreateAsync(Spec("1") with { OfflineHosts = OfflineHosts.Wait });
        Engine.Time.Advance(TimeSpan.FromSeconds(599));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "Pending");
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await SweepAsync();
        await AssertRowsAsync(task.Id, "DispatchFailed/WaitExpired");
    }

    private Task<int> SweepAsync() => Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
}

public sealed class SqliteDeadlineTests(SqliteDatabase database) : DeadlineTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbDeadlineTests(MariaDbDatabase database) : DeadlineTests(database), IClassFixture<MariaDbDatabase>;
