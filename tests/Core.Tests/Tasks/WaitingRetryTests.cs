using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>
/// A failed attempt waits for the next one, and something ends the wait: it ran and failed, so it is settled with what
/// came of it, never as if it had not been sent.
/// </summary>
public abstract class WaitingRetryTests(TestDatabase database) : EngineTests(database)
{
    private static readonly TimeSpan Ran = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task A_cancel_of_the_task_settles_it_with_its_last_result_and_the_task_is_Canceled()
    {
        var (_, row) = await WaitingAsync(Retried());
        Assert.Null((await Engine.Tasks.CancelAsync(row.TaskId, null, TestEngine.Me, Cancel)).Problem);
        await AssertSettledAsync(row, "Failed/ExitCode", "Canceled/CanceledByUser");
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(row.TaskId));
        Assert.Empty(Engine.Gateway.Cancels);
        Assert.Contains(await StoryAsync(row.Id), told => told is { By: StoryBy.Person, Event: StoryEvent.CancelRequested, Attempt: 1 });
        Assert.Null((await Engine.Tasks.CancelAsync(row.TaskId, null, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_cancel_of_its_host_settles_it_with_its_last_result_and_a_repeat_is_no_error()
    {
        var (a, row) = await WaitingAsync(Retried());
        Assert.Null((await Engine.Tasks.CancelAsync(row.TaskId, [a.HostId], TestEngine.Me, Cancel)).Problem);
        await AssertSettledAsync(row, "Failed/ExitCode", "Canceled/CanceledByUser");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(row.TaskId));
        Assert.Null((await Engine.Tasks.CancelAsync(row.TaskId, [a.HostId], TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_host_that_drains_gives_up_the_retry_and_the_failure_stands()
    {
        var (a, row) = await WaitingAsync(Retried());
        await Engine.Hosts.SetDrainingAsync(a.HostId, draining: true, TestEngine.Me, Cancel);
        Engine.Time.Advance(TimeSpan.FromSeconds(31));
        await SweepAsync();
        await AssertSettledAsync(row, "Failed/ExitCode", "Skipped/EarlierCommandFailed");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(row.TaskId));
        Assert.Contains(await StoryAsync(row.Id), told => told is { By: StoryBy.Scheduler, Event: StoryEvent.NotRetried } && ArgumentsOf(told) == "reason HostDraining");
        Assert.DoesNotContain(await StoryAsync(row.Id), told => told.Event is StoryEvent.Retried or StoryEvent.Settled);
    }

    [Theory]
    [InlineData(OfflineHosts.Fail, "AgentOffline")]
    [InlineData(OfflineHosts.Skip, "HostOffline")]
    [InlineData(OfflineHosts.Wait, "WaitExpired")]
    public async Task An_agent_that_stays_away_gives_up_the_retry_and_the_failure_stands(OfflineHosts offlineHosts, string told)
    {
        var (a, row) = await WaitingAsync(Retried() with { OfflineHosts = offlineHosts });
        await a.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromMinutes(30));
        await SweepAsync();
        await AssertSettledAsync(row, "Failed/ExitCode", "Skipped/EarlierCommandFailed");
        Assert.Contains(await StoryAsync(row.Id), entry => entry.Event == StoryEvent.NotRetried && ArgumentsOf(entry) == $"reason {told}");
    }

    [Fact]
    public async Task The_timeout_of_the_task_gives_up_the_retry_and_a_timeout_stays_one()
    {
        var (_, row) = await WaitingAsync(Retried() with { TimeoutSeconds = 20 }, AttemptOutcome.TimedOut);
        Engine.Time.Advance(TimeSpan.FromSeconds(21));
        await SweepAsync();
        await AssertSettledAsync(row, "TimedOut/Timeout", "Skipped/EarlierCommandFailed");
        Assert.Equal(1, (await Engine.TaskAsync(row.TaskId)).TimedOutCount);
    }

    [Fact]
    public async Task A_rollout_that_stops_gives_up_the_retry_also_when_both_failed_at_once()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", OnFailure = OnFailure.StopTask, Retries = 1, RetryDelaySeconds = 30 }, new CommandSpec { Script = "2" }] });
        await a.FinishedAsync(Key(rows[0]), exitCode: 3);
        await AssertRowsAsync(rows[0].TaskId, "Pending", "Pending", "Dispatched", "Pending");
        await b.FinishedAsync(Key(rows[2]), AttemptOutcome.Refused);
        await AssertRowsAsync(rows[0].TaskId, "Failed/ExitCode", "Skipped/RolloutStopped", "DispatchFailed/Refused", "Skipped/EarlierCommandFailed");

        // In one group: the first is to be tried again, and the second stops the rollout before anything is committed.
        var again = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", OnFailure = OnFailure.StopTask, Retries = 1 }] });
        var results = new[] { Finished(a, Key(again[0]), AttemptOutcome.Exited), Finished(b, Key(again[1]), AttemptOutcome.Refused) };
        await Engine.Get<ResultCommitter>().CommitAsync(results, Cancel);
        await AssertRowsAsync(again[0].TaskId, "Failed/ExitCode", "DispatchFailed/Refused");
        Assert.Equal((1, 3), ((await Engine.RowsAsync(again[0].TaskId))[0].Attempt, (await Engine.RowsAsync(again[0].TaskId))[0].ExitCode!.Value));
    }

    [Fact]
    public async Task With_Continue_the_next_command_follows_the_failure()
    {
        var (a, row) = await WaitingAsync(Retried(OnFailure.Continue));
        await a.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(60));
        await SweepAsync();
        await AssertSettledAsync(row, "Failed/ExitCode", "Pending");
        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertSettledAsync(row, "Failed/ExitCode", "Dispatched");
    }

    [Fact]
    public async Task Of_several_attempts_the_last_one_counts()
    {
        var (a, row) = await WaitingAsync(Retried());
        Engine.Time.Advance(TimeSpan.FromSeconds(31));
        await Engine.DispatchAsync();
        await a.FinishedAsync(new AttemptKey(row.Id, 2), AttemptOutcome.Signaled);
        await AssertRowsAsync(row.TaskId, "Pending", "Pending");
        Assert.Equal(3, (await Engine.RowsAsync(row.TaskId))[0].Attempt);
        await Engine.Tasks.CancelAsync(row.TaskId, null, TestEngine.Me, Cancel);
        await AssertRowsAsync(row.TaskId, "Failed/Signal", "Canceled/CanceledByUser");
        var settled = (await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal((2, 9), (settled.Attempt, settled.Signal!.Value));
    }

    private static TaskSpec Retried(OnFailure onFailure = OnFailure.StopHost) => Spec() with
    {
        Commands = [new CommandSpec { Script = "1", OnFailure = onFailure, Retries = 5, RetryDelaySeconds = 30 }, new CommandSpec { Script = "2" }],
    };

    /// <summary>One host whose first command has failed once and waits.</summary>
    private async Task<(TestAgent Agent, CommandHost Row)> WaitingAsync(TaskSpec spec, AttemptOutcome outcome = AttemptOutcome.Exited)
    {
        var agent = await Engine.AddHostAsync("a");
        var row = (await DispatchedAsync(spec))[0];
        await agent.StartedAsync(Key(row));
        await Engine.FlushAsync();
        Engine.Time.Advance(Ran);
        await agent.OutputAsync(Key(row), Core.Outputs.OutputStream.Stdout, 0, "abc"u8.ToArray());
        await agent.FinishedAsync(Key(row), outcome, exitCode: 3, stdout: 3);
        await AssertRowsAsync(row.TaskId, "Pending", "Pending");
        return (agent, (await Engine.RowsAsync(row.TaskId))[0]);
    }

    /// <summary>What came of attempt 1 is on the row, as if no other had been to follow.</summary>
    private async Task AssertSettledAsync(CommandHost waited, string expected, string next)
    {
        await AssertRowsAsync(waited.TaskId, expected, next);
        var row = (await Engine.RowsAsync(waited.TaskId))[0];
        await using var context = Engine.Read();
        var result = context.CommandResults.Single();
        Assert.Equal((1, result.ExitCode, result.FinishedAt, result.StartedAt, result.DispatchedAt), (row.Attempt, row.ExitCode, row.FinishedAt!.Value, row.StartedAt, row.DispatchedAt));
        Assert.NotNull(row.OutputHash);
        Assert.Equal(result.OutputHash, row.OutputHash);
        Assert.Null(row.ActiveHostId);
        var view = (await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal((3, result.DurationMs), (view.StdoutBytes, view.DurationMs));
    }

    private async Task<IReadOnlyList<StoryEntry>> StoryAsync(Guid commandHostId) =>
        (await Engine.Queries.GetCommandHostAsync(commandHostId, TestEngine.Me, Cancel)).Value.Story;

    private AttemptFinished Finished(TestAgent agent, AttemptKey key, AttemptOutcome outcome) => new(key, agent.HostId, agent.Epoch, agent)
    {
        Outcome = outcome,
        ExitCode = outcome == AttemptOutcome.Exited ? 3 : null,
        FinishedAt = Engine.Time.GetUtcNow(),
    };

    private Task<int> SweepAsync() => Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
}

public sealed class SqliteWaitingRetryTests(SqliteDatabase database) : WaitingRetryTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbWaitingRetryTests(MariaDbDatabase database) : WaitingRetryTests(database), IClassFixture<MariaDbDatabase>;
