using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class TaskQueriesTests(TestDatabase database) : EngineTests(database)
{
    private static readonly PageRequest First = new(1, 50);

    [Fact]
    public async Task Tasks_come_newest_first_in_pages()
    {
        await Engine.AddHostAsync("a");
        var ids = new List<Guid>();
        for (var index = 0; index < 5; index++)
        {
            ids.Add((await CreateAsync(Spec("true") with { Name = $"n{index}" })).Id);
            Engine.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        ids.Reverse();
        var one = await ListAsync(new TaskFilter(), new PageRequest(1, 2));
        Assert.Equal(ids[..2], one.Items.Select(task => task.Id));
        Assert.Equal((5, 1, 2), (one.Total, one.Page, one.PageSize));
        Assert.Equal(ids[4..], (await ListAsync(new TaskFilter(), new PageRequest(3, 2))).Items.Select(task => task.Id));
        Assert.Empty((await ListAsync(new TaskFilter(), new PageRequest(4, 2))).Items);
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(-1, 50)]
    [InlineData(1, 0)]
    [InlineData(1, 501)]
    [InlineData(int.MaxValue, 500)]
    public async Task A_page_out_of_range_is_refused(int number, int size)
    {
        var answer = await Engine.Queries.ListAsync(new TaskFilter(), new PageRequest(number, size), TestEngine.Me, Cancel);
        AssertProblem<Problem.Invalid>(answer.Problem);
    }

    [Fact]
    public async Task Tasks_are_filtered()
    {
        var a = await Engine.AddHostAsync("web-1");
        await Engine.AddHostAsync("api-1");
        var web = await CreateAsync(Spec("true") with { Name = "Restart 100%_web", Targets = new TargetSpec { Selector = "name=web-1" } });
        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        var all = await CreateAsync(Spec("true") with { Name = "Clean up", Start = false });
        await Engine.Tasks.CancelAsync(all.Id, null, TestEngine.Me, Cancel);

        await AssertListAsync(new TaskFilter { Status = OpsTaskStatus.Canceled }, all);
        await AssertListAsync(new TaskFilter { Status = OpsTaskStatus.Queued }, web);
        await AssertListAsync(new TaskFilter { Status = OpsTaskStatus.Failed });
        await AssertListAsync(new TaskFilter { Search = "CLEAN" }, all);
        await AssertListAsync(new TaskFilter { Search = "100%_" }, web);
        await AssertListAsync(new TaskFilter { Search = "R_start" });
        await AssertListAsync(new TaskFilter { Search = "%" }, web);
        await AssertListAsync(new TaskFilter { CreatedBy = "me" }, all, web);
        await AssertListAsync(new TaskFilter { CreatedBy = "m" });
        await AssertListAsync(new TaskFilter { Host = "web-1" }, all, web);
        await AssertListAsync(new TaskFilter { Host = "api-1" }, all);
        await AssertListAsync(new TaskFilter { Host = a.HostId.ToString() }, all, web);
        await AssertListAsync(new TaskFilter { Host = "nowhere" });
        await AssertListAsync(new TaskFilter { From = all.CreatedAt }, all);
        await AssertListAsync(new TaskFilter { To = all.CreatedAt }, web);
        await AssertListAsync(new TaskFilter { From = web.CreatedAt, To = all.CreatedAt, Search = "web" }, web);
    }

    [Fact]
    public async Task CommandHosts_come_in_rollout_order_and_are_filtered()
    {
        var a = await Engine.AddHostAsync("web-1");
        await Engine.AddHostAsync("web-2");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await a.FinishedAsync(Key(rows[0]), exitCode: 7, detail: CodedMessage.Of("said"));
        await Engine.FlushAsync();

        async Task<PageOf<CommandHostView>> HostsAsync(CommandHostFilter filter, PageRequest page) =>
            (await Engine.Queries.HostsAsync(rows[0].TaskId, filter, page, TestEngine.Me, Cancel)).Value;
        Assert.Equal(rows.Select(row => row.Id), (await HostsAsync(new CommandHostFilter(), First)).Items.Select(row => row.Id));
        var second = await HostsAsync(new CommandHostFilter(), new PageRequest(2, 3));
        Assert.Equal([rows[3].Id], second.Items.Select(row => row.Id));
        Assert.Equal(4, second.Total);
        Assert.Equal([rows[2].Id], (await HostsAsync(new CommandHostFilter { Status = CommandHostStatus.Dispatched }, First)).Items.Select(row => row.Id));
        Assert.Equal([rows[2].Id, rows[3].Id], (await HostsAsync(new CommandHostFilter { Search = "B-2" }, First)).Items.Select(row => row.Id));
        Assert.Equal([rows[0].Id, rows[1].Id], (await HostsAsync(new CommandHostFilter { HostId = a.HostId }, First)).Items.Select(row => row.Id));

        var failed = (await HostsAsync(new CommandHostFilter { Status = CommandHostStatus.Failed }, First)).Items.Single();
        Assert.Equal((Reason.ExitCode, 7, 1, "web-1", 5L), (failed.Reason!.Value, failed.ExitCode!.Value, failed.Attempt, failed.HostName, failed.DurationMs!.Value));
        Assert.Equal("said", Assert.Single(failed.Details).Code);
        var some = (await Engine.Queries.CommandHostsAsync(rows[0].TaskId, [rows[3].Id, Guid.NewGuid(), rows[0].Id], TestEngine.Me, Cancel)).Value;
        Assert.Equal([rows[0].Id, rows[3].Id], some.Select(row => row.Id).Order());
    }

    [Fact]
    public async Task Failures_come_first_when_asked_for_across_pages()
    {
        List<TestAgent> agents = [];
        foreach (var name in new[] { "a", "b", "c" })
        {
            agents.Add(await Engine.AddHostAsync(name));
        }

        var rows = await DispatchedAsync(Spec("1"));
        await agents[0].FinishedAsync(Key(rows[0]));
        await agents[2].FinishedAsync(Key(rows[2]), exitCode: 7);
        await Engine.FlushAsync();
        var names = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            names.AddRange((await Engine.Queries.HostsAsync(rows[0].TaskId, new CommandHostFilter { FailuresFirst = true }, new PageRequest(number, 1), TestEngine.Me, Cancel)).Value.Items.Select(row => row.HostName));
        }

        Assert.Equal(["c", "b", "a"], names);
    }

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        AssertProblem<Problem.NotFound>((await Engine.Queries.GetAsync(Guid.NewGuid(), TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Queries.GetSummaryAsync(Guid.NewGuid(), TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Queries.HostsAsync(Guid.NewGuid(), new CommandHostFilter(), First, TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Queries.GetCommandHostAsync(Guid.NewGuid(), TestEngine.Me, Cancel)).Problem);
    }

    private async Task AssertListAsync(TaskFilter filter, params TaskView[] expected)
    {
        var page = await ListAsync(filter, First);
        Assert.Equal(expected.Select(task => task.Id), page.Items.Select(task => task.Id));
        Assert.Equal(expected.Length, page.Total);
    }

    private async Task<PageOf<TaskSummary>> ListAsync(TaskFilter filter, PageRequest page) =>
        (await Engine.Queries.ListAsync(filter, page, TestEngine.Me, Cancel)).Value;
}

public sealed class SqliteTaskQueriesTests(SqliteDatabase database) : TaskQueriesTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskQueriesTests(MariaDbDatabase database) : TaskQueriesTests(database), IClassFixture<MariaDbDatabase>;
