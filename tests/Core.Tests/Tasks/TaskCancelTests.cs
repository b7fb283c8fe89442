using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class TaskCancelTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_task_that_did_not_start_is_Canceled_at_once()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1", "2") with { Start = false });
        var canceled = (await Engine.Tasks.CancelAsync(task.Id, null, TestEngine.Me, Cancel)).Value;
        Assert.Equal((OpsTaskStatus.Canceled, Engine.Time.GetUtcNow()), (canceled.Status, canceled.CancelRequestedAt!.Value));
        await AssertRowsAsync(task.Id, "Canceled/CanceledByUser", "Canceled/CanceledByUser");
        AssertProblem<Problem.WrongState>((await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task Cancel_ends_what_was_not_sent_and_asks_agents_for_the_rest()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1", "2"));
        var taskId = rows[0].TaskId;
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();

        await Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel);
        await AssertRowsAsync(taskId, "Running", "Canceled/CanceledByUser", "Dispatched", "Canceled/CanceledByUser");
        Assert.Equal(
            [new CancelOrder(Key(rows[0]), a.HostId, CancelCause.User, TimeSpan.FromSeconds(5)), new CancelOrder(Key(rows[2]), b.HostId, CancelCause.User, TimeSpan.FromSeconds(5))],
            Engine.Gateway.Cancels.OrderBy(order => order.Key.CommandHostId));
        Assert.Equal(OpsTaskStatus.Running, await StatusAsync(taskId));

        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        await b.FinishedAsync(Key(rows[2]), AttemptOutcome.Canceled);
        await AssertRowsAsync(taskId, "Canceled/CanceledByUser", "Canceled/CanceledByUser", "Canceled/CanceledByUser", "Canceled/CanceledByUser");
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(taskId));
    }

    [Fact]
    public async Task A_repeated_cancel_is_no_error_and_an_ended_task_cannot_be_canceled()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var taskId = rows[0].TaskId;
        var first = (await Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel)).Value;
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var second = (await Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel)).Value;
        Assert.Equal(first.CancelRequestedAt, second.CancelRequestedAt);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(taskId));
        Assert.Null((await Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel)).Problem);

        var other = await DispatchedAsync(Spec("1"));
        await a.FinishedAsync(Key(other[0]));
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(other[0].TaskId));
        AssertProblem<Problem.WrongState>((await Engine.Tasks.CancelAsync(other[0].TaskId, null, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task When_everything_succeeded_before_TERM_the_task_is_Completed_though_a_cancel_was_accepted()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        await a.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task A_failure_after_a_cancel_is_not_tried_again()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new Core.Tasks.Composing.CommandSpec { Script = "1", Retries = 3 }] });
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await AssertRowsAsync(rows[0].TaskId, "Failed/ExitCode");
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task Single_hosts_can_be_canceled_and_the_task_then_fails()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1", "2"));
        var taskId = rows[0].TaskId;
        var task = (await Engine.Tasks.CancelAsync(taskId, [b.HostId], TestEngine.Me, Cancel)).Value;
        Assert.Null(task.CancelRequestedAt);
        await AssertRowsAsync(taskId, "Dispatched", "Pending", "Dispatched", "Canceled/CanceledByUser");
        Assert.Equal([Key(rows[2])], Engine.Gateway.Cancels.Select(order => order.Key));

        await b.FinishedAsync(Key(rows[2]), AttemptOutcome.Canceled);
        await a.FinishedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await a.FinishedAsync(Key(rows[1]));
        await AssertRowsAsync(taskId, "Succeeded", "Succeeded", "Canceled/CanceledByUser", "Canceled/CanceledByUser");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(taskId));
    }

    [Fact]
    public async Task A_repeated_cancel_of_a_host_is_no_error_once_it_has_ended()
    {
        await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1"));
        await Engine.Tasks.CancelAsync(rows[0].TaskId, [b.HostId], TestEngine.Me, Cancel);
        await b.FinishedAsync(Key(rows[1]), AttemptOutcome.Canceled);
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Canceled/CanceledByUser");
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, [b.HostId], TestEngine.Me, Cancel)).Problem);
        await AssertRowsAsync(rows[0].TaskId, "Dispatched", "Canceled/CanceledByUser");
    }

    [Fact]
    public async Task A_host_that_is_not_of_the_task_is_named_and_nothing_is_canceled()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var stranger = await Engine.AddHostAsync("b");
        var before = await StoreAsync();
        foreach (var hostIds in new Guid[][] { [a.HostId, stranger.HostId], [Guid.NewGuid()], [Guid.Empty], [] })
        {
            var answer = await Engine.Tasks.CancelAsync(rows[0].TaskId, hostIds, TestEngine.Me, Cancel);
            Assert.Equal(["hostIds"], AssertProblem<Problem.Invalid>(answer.Problem).Errors.Keys);
        }

        Assert.Equal(before, await StoreAsync());
        Assert.Empty(Engine.Gateway.Cancels);
    }

    [Fact]
    public async Task Hosts_of_a_task_that_did_not_start_are_canceled_with_the_whole_task_only()
    {
        var a = await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1") with { Start = false });
        AssertProblem<Problem.WrongState>((await Engine.Tasks.CancelAsync(task.Id, [a.HostId], TestEngine.Me, Cancel)).Problem);
        await AssertRowsAsync(task.Id, "Pending");
    }

    [Fact]
    public async Task A_cancel_of_what_is_unreachable_waits_for_its_agent()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var taskId = rows[0].TaskId;
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await a.ByeAsync();
        Engine.Gateway.Delivers = false;
        Assert.NotNull((await Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel)).Value.CancelRequestedAt);
        await AssertRowsAsync(taskId, "Unreachable");
        Assert.Equal(OpsTaskStatus.Running, await StatusAsync(taskId));

        var opening = await a.HelloAsync(new Core.Hosts.JournalEntryReport(Key(rows[0]), Core.Hosts.JournalState.Running, 1, Engine.Time.GetUtcNow()));
        var answer = Assert.Single(opening.Attempts);
        Assert.Equal((Core.Hosts.ReconcileVerdict.Cancel, Key(rows[0])), (answer.Verdict, answer.Cancel!.Key));
        await AssertRowsAsync(taskId, "Running");
    }

    [Fact]
    public async Task A_cancel_of_a_dispatch_that_never_arrived_is_sent_instead_of_it()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Gateway.Delivers = false;
        var rows = await DispatchedAsync(Spec("1"));
        await a.ByeAsync();
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        var opening = await a.HelloAsync();
        Assert.Empty(opening.Executes);
        Assert.Equal([Key(rows[0])], opening.Cancels.Select(cancel => cancel.Key));
    }

    [Fact]
    public async Task Of_cancel_and_finish_at_once_exactly_one_wins_and_the_counters_know_which()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 8; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1", "2"));
        var taskId = rows[0].TaskId;
        var finishing = Task.Run(
            async () =>
            {
                foreach (var (agent, host) in agents.Select((agent, host) => (agent, host)))
                {
                    await agent.FinishedAsync(Key(rows[host * 2]));
                }
            },
            Cancel);
        var canceling = Engine.Tasks.CancelAsync(taskId, null, TestEngine.Me, Cancel);
        var starting = Engine.Tasks.StartAsync(taskId, TestEngine.Me, Cancel);
        await Task.WhenAll(finishing, canceling, starting);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();

        var after = await Engine.RowsAsync(taskId);
        AssertCounters(await Engine.TaskAsync(taskId), after);
        for (var host = 0; host < agents.Count; host++)
        {
            Assert.Equal((CommandHostStatus.Succeeded, CommandHostStatus.Canceled), (after[host * 2].Status, after[(host * 2) + 1].Status));
        }

        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(taskId));
    }
}

public sealed class SqliteTaskCancelTests(SqliteDatabase database) : TaskCancelTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskCancelTests(MariaDbDatabase database) : TaskCancelTests(database), IClassFixture<MariaDbDatabase>;
