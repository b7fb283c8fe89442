using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>How a task goes from its start to its verdict.</summary>
public abstract class TaskCourseTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_task_that_is_not_started_dispatches_nothing_and_starts_once()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("true") with { Start = false });
        await Engine.DispatchAsync();
        Assert.Empty(Engine.Gateway.Executes);

        Engine.Time.Advance(TimeSpan.FromSeconds(5));
        var started = (await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal((OpsTaskStatus.Queued, Engine.Time.GetUtcNow()), (started.Status, started.StartedAt!.Value));
        AssertProblem<Problem.WrongState>((await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel)).Problem);
        await Engine.DispatchAsync();
        await AssertRowsAsync(task.Id, "Dispatched");
        Assert.Equal(OpsTaskStatus.Running, await StatusAsync(task.Id));
    }

    [Fact]
    public async Task An_order_carries_what_the_agent_needs_and_hides_it_from_logs()
    {
        var agent = await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("echo 1") with
        {
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "1", ["B"] = "2" },
            SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = "s3cret" },
            Commands = [new CommandSpec { Script = "echo 1", TimeoutSeconds = 9, RunAs = "www", WorkingDirectory = "/srv", Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["B"] = "3" } }],
        });
        await Engine.DispatchAsync();

        var order = Assert.Single(Engine.Gateway.Executes);
        var row = Assert.Single(await Engine.RowsAsync(task.Id));
        Assert.Equal((new AttemptKey(row.Id, 1), agent.HostId, task.Id, 0), (order.Key, order.HostId, order.TaskId, order.CommandIndex));
        Assert.Equal(("echo 1", "/bin/sh", TimeSpan.FromSeconds(9), "/srv", "www"), (order.Script, order.Interpreter[0], order.Timeout, order.WorkingDirectory, order.RunAs));
        Assert.Equal(["A=1", "B=3"], order.Environment.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.Equal("s3cret", order.Secrets["TOKEN"]);
        Assert.InRange(order.NotAfter, Engine.Time.GetUtcNow().AddSeconds(1), Engine.Time.GetUtcNow().AddMinutes(10));
        Assert.DoesNotContain("s3cret", order.ToString(), StringComparison.Ordinal);
        Assert.Equal((agent.HostId, Engine.Time.GetUtcNow()), (row.ActiveHostId!.Value, row.DispatchedAt!.Value));
    }

    [Fact]
    public async Task Commands_run_in_order_on_each_host_and_hosts_do_not_wait_for_one_another()
    {
        var a = await Engine.AddHostAsync("a");
        await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1", "2", "3"));
        var taskId = rows[0].TaskId;
        await AssertRowsAsync(taskId, "Dispatched", "Pending", "Pending", "Dispatched", "Pending", "Pending");

        await a.StartedAsync(Key(rows[0]));
        await AssertRowsAsync(taskId, "Running", "Pending", "Pending", "Dispatched", "Pending", "Pending");
        await a.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(taskId, "Succeeded", "Pending", "Pending", "Dispatched", "Pending", "Pending");
        await Engine.DispatchAsync();
        await AssertRowsAsync(taskId, "Succeeded", "Dispatched", "Pending", "Dispatched", "Pending", "Pending");
        Assert.Equal([(rows[0].Id, 1), (rows[3].Id, 1), (rows[1].Id, 1)], Engine.Gateway.Executes.Select(order => (order.Key.CommandHostId, order.Key.Attempt)));
    }

    [Fact]
    public async Task A_task_is_Completed_when_everything_succeeded()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1"));
        var began = Engine.Time.GetUtcNow();
        Engine.Time.Advance(TimeSpan.FromSeconds(2));
        await a.FinishedAsync(Key(rows[0]));
        await b.StartedAsync(Key(rows[1]));
        await b.FinishedAsync(Key(rows[1]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Succeeded");

        var task = (await Engine.Queries.GetAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal(OpsTaskStatus.Completed, task.Status);
        Assert.Equal((1.0, 100.0), (task.SuccessRate!.Value, task.Progress.Percent));
        Assert.Equal((long)(task.FinishedAt!.Value - began).TotalMilliseconds, task.DurationMs);
        Assert.Equal(new HostProgress(2, 0, 0, 2, 0), task.HostProgress);
        Assert.Equal(Engine.Time.GetUtcNow(), task.FinishedAt);
        Assert.All(await Engine.RowsAsync(task.Id), row => Assert.Null(row.ActiveHostId));
    }

    [Fact]
    public async Task A_failure_skips_the_rest_of_its_host_and_fails_the_task()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 3; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1", "2", "3"));
        var taskId = rows[0].TaskId;
        await agents[0].FinishedAsync(Key(rows[0]), exitCode: 3);
        await AssertRowsAsync(taskId, "Failed/ExitCode", "Skipped/EarlierCommandFailed", "Skipped/EarlierCommandFailed", "Dispatched", "Pending", "Pending", "Dispatched", "Pending", "Pending");
        foreach (var (agent, host) in agents.Skip(1).Select((agent, host) => (agent, host + 1)))
        {
            for (var command = 0; command < 3; command++)
            {
                await Engine.DispatchAsync();
                await agent.FinishedAsync(Key(rows[(host * 3) + command]));
                await Engine.FlushAsync();
            }
        }

        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(taskId));
        var task = (await Engine.Queries.GetAsync(taskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal((6.0 / 9, 6, 1, 2), (task.SuccessRate!.Value, task.Progress.Succeeded, task.Progress.Failed, task.Progress.Skipped));
        Assert.Equal(new HostProgress(3, 0, 0, 2, 1), task.HostProgress);
    }

    [Fact]
    public async Task With_Continue_the_next_command_runs_all_the_same_and_the_task_still_fails()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", OnFailure = OnFailure.Continue }, new CommandSpec { Script = "2" }] });
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Signaled);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/Signal", "Dispatched");
        await a.FinishedAsync(Key(rows[1]));
        await AssertRowsAsync(rows[0].TaskId, "Failed/Signal", "Succeeded");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));
    }

    [Fact]
    public async Task With_StopTask_nothing_more_is_dispatched_anywhere_and_what_runs_finishes()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        await Engine.AddHostAsync("c", connect: false);
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", OnFailure = OnFailure.StopTask }, new CommandSpec { Script = "2" }] });
        var taskId = rows[0].TaskId;
        await b.StartedAsync(Key(rows[2]));
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.StartFailed);
        await AssertRowsAsync(taskId, "Failed/StartFailed", "Skipped/EarlierCommandFailed", "Running", "Skipped/RolloutStopped", "Skipped/RolloutStopped", "Skipped/RolloutStopped");
        await b.FinishedAsync(Key(rows[2]));
        await AssertRowsAsync(taskId, "Failed/StartFailed", "Skipped/EarlierCommandFailed", "Succeeded", "Skipped/RolloutStopped", "Skipped/RolloutStopped", "Skipped/RolloutStopped");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(taskId));
    }

    [Theory]
    [InlineData(AttemptOutcome.Exited, 1, "Failed/ExitCode", true)]
    [InlineData(AttemptOutcome.Signaled, 0, "Failed/Signal", true)]
    [InlineData(AttemptOutcome.StartFailed, 0, "Failed/StartFailed", true)]
    [InlineData(AttemptOutcome.SupervisorLost, 0, "Failed/SupervisorLost", true)]
    [InlineData(AttemptOutcome.HostRestarted, 0, "Failed/HostRestarted", true)]
    [InlineData(AttemptOutcome.TimedOut, 0, "TimedOut/Timeout", true)]
    [InlineData(AttemptOutcome.TaskTimedOut, 0, "TimedOut/TaskTimeout", false)]
    [InlineData(AttemptOutcome.Canceled, 0, "Canceled/CanceledByUser", false)]
    [InlineData(AttemptOutcome.Refused, 0, "DispatchFailed/Refused", false)]
    [InlineData(AttemptOutcome.Exited, 0, "Succeeded", false)]
    public async Task Each_end_has_its_status_and_only_a_failure_told_by_the_agent_is_tried_again(AttemptOutcome outcome, int exitCode, string expected, bool retried)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 1, RetryDelaySeconds = 30 }] });
        var taskId = rows[0].TaskId;
        await a.FinishedAsync(Key(rows[0]), outcome, exitCode, detail: CodedMessage.Of("why"));
        if (retried)
        {
            await AssertRowsAsync(taskId, "Pending");
            var again = Assert.Single(await Engine.RowsAsync(taskId));
            Assert.Equal((2, Engine.Time.GetUtcNow().AddSeconds(30)), (again.Attempt, again.ReadyAt!.Value));
            await Engine.DispatchAsync();
            await AssertRowsAsync(taskId, "Pending");
            Engine.Time.Advance(TimeSpan.FromSeconds(31));
            await Engine.DispatchAsync();
            await AssertRowsAsync(taskId, "Dispatched");
            await a.FinishedAsync(new AttemptKey(rows[0].Id, 2), outcome, exitCode, detail: CodedMessage.Of("why"));
        }

        await AssertRowsAsync(taskId, expected);
        var detail = (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal(retried ? [1, 2] : [1], detail.Attempts.Select(attempt => attempt.Attempt));
        Assert.All(detail.Attempts, attempt => Assert.Equal(expected, attempt.Reason is { } reason ? $"{attempt.Status}/{reason}" : $"{attempt.Status}"));
        Assert.Equal("why", Assert.Single(detail.Details).Code);
        Assert.Equal(outcome == AttemptOutcome.Exited ? exitCode : null, detail.ExitCode);
        Assert.Equal(outcome == AttemptOutcome.Exited && exitCode == 0 ? OpsTaskStatus.Completed : OpsTaskStatus.Failed, await StatusAsync(taskId));
    }

    [Fact]
    public async Task What_is_committed_and_not_delivered_stays_Dispatched_for_the_next_hello()
    {
        var a = await Engine.AddHostAsync("a");
        Engine.Gateway.Delivers = false;
        var rows = await DispatchedAsync(Spec("1"));
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");

        await a.ByeAsync();
        await AssertRowsAsync(rows[0].TaskId, "Unreachable");
        var opening = await a.HelloAsync();
        Assert.Equal([Key(rows[0])], opening.Executes.Select(order => order.Key));
        await AssertRowsAsync(rows[0].TaskId, "Dispatched");
    }

    [Fact]
    public async Task Priority_goes_first_then_age()
    {
        await Engine.AddHostAsync("a");
        var low = await CreateAsync(Spec("1") with { Priority = TaskPriority.Low });
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var old = await CreateAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var young = await CreateAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var critical = await CreateAsync(Spec("1") with { Priority = TaskPriority.Critical });
        await Engine.DispatchAsync();
        Assert.Equal([critical.Id, old.Id, young.Id, low.Id], Engine.Gateway.Executes.Select(order => order.TaskId));
    }

    [Fact]
    public async Task A_host_holds_at_most_as_many_as_the_settings_say()
    {
        await Engine.AddHostAsync("a");
        for (var index = 0; index < 6; index++)
        {
            await CreateAsync(Spec("1"));
        }

        await Engine.DispatchAsync();
        Assert.Equal(4, Engine.Gateway.Executes.Count);
        await Engine.DispatchAsync();
        Assert.Equal(4, Engine.Gateway.Executes.Count);
    }
}

public sealed class SqliteTaskCourseTests(SqliteDatabase database) : TaskCourseTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskCourseTests(MariaDbDatabase database) : TaskCourseTests(database), IClassFixture<MariaDbDatabase>;
