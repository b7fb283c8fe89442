using System.Text;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class TaskGroupsTests(TestDatabase database) : EngineTests(database)
{
    private TaskGroups Groups => Engine.Get<TaskGroups>();

    [Fact]
    public async Task Same_answers_are_one_group_and_the_largest_comes_first()
    {
        List<TestAgent> agents = [];
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            agents.Add(await Engine.AddHostAsync(name));
        }

        var rows = await DispatchedAsync(Spec("1"));
        string[] outputs = ["same\n", "same\n", "other\n", "same\n", ""];
        for (var place = 0; place < 4; place++)
        {
            await agents[place].OutputAsync(Key(rows[place]), OutputStream.Stdout, 0, Encoding.UTF8.GetBytes(outputs[place]));
            await agents[place].FinishedAsync(Key(rows[place]), exitCode: place == 3 ? 1 : 0, stdout: outputs[place].Length);
        }

        await Engine.FlushAsync();
        var groups = (await Groups.GetAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal(
            ["2 Succeeded 0 a,b same\n", "1 Dispatched  e ", "1 Succeeded 0 c other\n", "1 Failed 1 d same\n"],
            groups.Select(group => $"{group.Hosts} {group.Status} {group.ExitCode} {string.Join(',', group.HostNames)} {group.Sample}"));
        Assert.Equal(groups[0].OutputHash, groups[3].OutputHash);
        Assert.NotEqual(groups[0].OutputHash, groups[2].OutputHash);
        Assert.Null(groups[1].OutputHash);
        Assert.All(groups, group => Assert.Equal(groups[0].CommandId, group.CommandId));
    }

    [Fact]
    public async Task A_sample_is_the_beginning_and_cuts_no_character()
    {
        var agent = await Engine.AddHostAsync("a");
        var row = Assert.Single(await DispatchedAsync(Spec("1")));
        var text = "x" + string.Concat(Enumerable.Repeat("任", 3_000));
        var bytes = Encoding.UTF8.GetBytes(text);
        await agent.OutputAsync(Key(row), OutputStream.Stdout, 0, bytes);
        await agent.FinishedAsync(Key(row), stdout: bytes.Length);
        await Engine.FlushAsync();
        var group = Assert.Single((await Groups.GetAsync(row.TaskId, TestEngine.Me, Cancel)).Value);
        Assert.Equal(text[..1_366], group.Sample);
    }

    [Fact]
    public async Task A_group_lists_its_members_and_causes_of_failure_are_counted()
    {
        List<TestAgent> agents = [];
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            agents.Add(await Engine.AddHostAsync(name));
        }

        var rows = await DispatchedAsync(Spec("1"));
        string[] outputs = ["", "same\n", "same\n", "other\n"];
        for (var place = 0; place < 4; place++)
        {
            if (outputs[place].Length > 0)
            {
                await agents[place].OutputAsync(Key(rows[place]), OutputStream.Stdout, 0, Encoding.UTF8.GetBytes(outputs[place]));
            }

            await agents[place].FinishedAsync(Key(rows[place]), exitCode: place == 0 ? 0 : 7, stdout: outputs[place].Length);
        }

        await Engine.FlushAsync();
        var taskId = rows[0].TaskId;
        var members = new List<string>();
        foreach (var group in (await Groups.GetAsync(taskId, TestEngine.Me, Cancel)).Value)
        {
            var key = new CommandHostGroupKey(0, group.Status, group.Reason, group.ExitCode, group.OutputHash);
            Assert.True(CommandHostGroupKey.TryParse(key.ToString(), out var read));
            Assert.Equal(key, read);
            var page = (await Engine.Get<TaskQueries>().HostsAsync(taskId, new CommandHostFilter { Group = read }, new PageRequest(1, 10), TestEngine.Me, Cancel)).Value;
            Assert.Equal(group.Hosts, page.Total);
            members.Add(string.Join(',', page.Items.Select(row => row.HostName)));
        }

        Assert.Equal(["a", "b,c", "d"], members.Order(StringComparer.Ordinal));
        var failure = Assert.Single((await Groups.FailuresAsync(taskId, 6, TestEngine.Me, Cancel)).Value);
        Assert.Equal(new FailureGroup(0, CommandHostStatus.Failed, Reason.ExitCode, 7, 3, rows[1].Id), failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0_Failed_ExitCode_3")]
    [InlineData("0_3_ExitCode_3_")]
    [InlineData("0_Failed_Nonsense_3_")]
    [InlineData("0_Failed_ExitCode_x_")]
    [InlineData("0_Failed_ExitCode_3_abc")]
    [InlineData("-1_Failed_ExitCode_3_")]
    public void What_is_no_group_is_not_read(string text) => Assert.False(CommandHostGroupKey.TryParse(text, out _));

    [Fact]
    public async Task Nobody_groups_a_task_that_is_not_there() =>
        AssertProblem<Problem.NotFound>((await Groups.GetAsync(Guid.CreateVersion7(), TestEngine.Me, Cancel)).Problem);
}

public sealed class SqliteTaskGroupsTests(SqliteDatabase database) : TaskGroupsTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskGroupsTests(MariaDbDatabase database) : TaskGroupsTests(database), IClassFixture<MariaDbDatabase>;
