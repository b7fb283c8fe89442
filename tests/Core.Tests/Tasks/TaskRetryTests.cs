using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class TaskRetryTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task Only_hosts_that_did_not_succeed_run_again_each_from_its_first_such_command()
    {
        var agents = new List<TestAgent>();
        foreach (var name in new[] { "a", "b", "c" })
        {
            agents.Add(await Engine.AddHostAsync(name));
        }

        var rows = await DispatchedAsync(Spec("1", "2", "3") with { SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["T"] = "s3cret" } });
        await agents[0].FinishedAsync(Key(rows[0]), exitCode: 1);
        await agents[1].FinishedAsync(Key(rows[3]));
        await agents[2].FinishedAsync(Key(rows[6]));
        await Engine.FlushAsync();
        AssertProblem<Problem.WrongState>((await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Problem);
        await Engine.DispatchAsync();
        await agents[1].FinishedAsync(Key(rows[4]), exitCode: 1);
        await agents[2].FinishedAsync(Key(rows[7]));
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await agents[2].FinishedAsync(Key(rows[8]));
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));

        var retry = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal((rows[0].TaskId, OpsTaskStatus.Queued, "Restart web", 5), (retry.RetryOf!.Value, retry.Status, retry.Name, retry.Progress.Total));
        Assert.Equal(["T"], retry.SecretParameters!.Keys);
        var again = await Engine.RowsAsync(retry.Id);
        Assert.Equal([("a", 0), ("a", 1), ("a", 2), ("b", 1), ("b", 2)], again.Select(row => (row.HostName, row.CommandIndex)));

        Engine.Gateway.Executes.Clear();
        await Engine.DispatchAsync();
        Assert.Equal([again[0].Id, again[3].Id], Engine.Gateway.Executes.Select(order => order.Key.CommandHostId));
        Assert.All(Engine.Gateway.Executes, order => Assert.Equal("s3cret", order.Secrets["T"]));
        foreach (var (agent, row) in new[] { (agents[0], 0), (agents[0], 1), (agents[0], 2), (agents[1], 3), (agents[1], 4) })
        {
            await agent.FinishedAsync(Key(again[row]));
            await Engine.FlushAsync();
            await Engine.DispatchAsync();
        }

        await AssertRowsAsync(retry.Id, "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded");
        Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(retry.Id));
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(rows[0].TaskId));
        AssertProblem<Problem.WrongState>((await Engine.Tasks.RetryAsync(retry.Id, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_retry_runs_what_was_settled_and_tells_it_again()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("\uFEFF#!/bin/bash -e\r\nfalse\r\n"));
        await agent.FinishedAsync(Key(rows[0]), exitCode: 1);
        await Engine.FlushAsync();
        var retry = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal(["/bin/bash", "-e"], retry.Commands[0].Interpreter);
        Assert.Equal("#!/bin/bash -e\nfalse\n", retry.Commands[0].Script);
        Assert.Equal(["script.bom", "script.line-ends", "interpreter.shebang"], retry.Notices.Select(notice => notice.Code));
    }

    [Fact]
    public async Task What_was_canceled_or_undelivered_runs_again_too_and_a_retry_can_be_retried()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec("1"));
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Refused);
        await Engine.FlushAsync();
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        await b.FinishedAsync(Key(rows[1]), AttemptOutcome.Canceled);
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(rows[0].TaskId));

        var first = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        await Engine.DispatchAsync();
        var again = await Engine.RowsAsync(first.Id);
        Assert.Equal(["a", "b"], again.Select(row => row.HostName));
        await a.FinishedAsync(Key(again[0]));
        await b.FinishedAsync(Key(again[1]), exitCode: 1);
        await Engine.FlushAsync();

        var second = (await Engine.Tasks.RetryAsync(first.Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal(["b"], (await Engine.RowsAsync(second.Id)).Select(row => row.HostName));
    }

    [Fact]
    public async Task A_host_that_is_gone_makes_a_retry_impossible()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await a.FinishedAsync(Key(rows[0]), exitCode: 1);
        await Engine.FlushAsync();
        Assert.Null((await Engine.Hosts.DeleteAsync(a.HostId, TestEngine.Me, Cancel)).Problem);
        var before = await StoreAsync();
        AssertProblem<Problem.WrongState>((await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(before, await StoreAsync());
        Assert.Equal("a", Assert.Single(await Engine.RowsAsync(rows[0].TaskId)).HostName);
    }
}

public sealed class SqliteTaskRetryTests(SqliteDatabase database) : TaskRetryTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskRetryTests(MariaDbDatabase database) : TaskRetryTests(database), IClassFixture<MariaDbDatabase>;
