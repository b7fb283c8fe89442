using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class TaskCreationTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_task_breaks_down_into_every_command_on_every_host_by_name()
    {
        var web = await Engine.AddHostAsync("web-2");
        var api = await Engine.AddHostAsync("api-1");
        var other = await Engine.AddHostAsync("web-10", connect: false);
        var task = await CreateAsync(Spec("echo 1", "echo 2") with { Start = null });

        Assert.Equal(OpsTaskStatus.Pending, task.Status);
        Assert.Equal((6, 6), (task.Progress.Total, task.Progress.Pending));
        Assert.Equal(new HostProgress(3, 3, 0, 0, 0), task.HostProgress);
        Assert.Null(task.StartedAt);
        Assert.Null(task.SuccessRate);
        Assert.Equal("me", task.CreatedBy);
        Assert.Equal(Engine.Time.GetUtcNow(), task.CreatedAt);

        var rows = await Engine.RowsAsync(task.Id);
        Assert.Equal(
            [(api.HostId, 0), (api.HostId, 1), (other.HostId, 0), (other.HostId, 1), (web.HostId, 0), (web.HostId, 1)],
            rows.Select(row => (row.HostId, row.CommandIndex)));
        Assert.Equal(["api-1", "api-1", "web-10", "web-10", "web-2", "web-2"], rows.Select(row => row.HostName));
        Assert.All(rows, row => Assert.Equal((CommandHostStatus.Pending, 1, row.CommandIndex == 0), (row.Status, row.Attempt, row.ReadyAt is not null)));
        await AssertRowsAsync(task.Id, [.. Enumerable.Repeat("Pending", 6)]);
    }

    [Fact]
    public async Task What_was_composed_is_read_back_with_its_defaults_filled_in()
    {
        await Engine.AddHostAsync("web-1");
        var spec = new TaskSpec
        {
            Name = "名前 😀",
            Description = "line 1\nline 2",
            Priority = TaskPriority.High,
            OfflineHosts = OfflineHosts.Skip,
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["VERSION"] = "1.2 'quoted' \"twice\"", ["EMPTY"] = "" },
            SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = "s3cret-value" },
            Targets = new TargetSpec { Selector = "name=web-1" },
            Commands =
            [
                new CommandSpec { Script = "echo 1\r\n\techo é" },
                new CommandSpec
                {
                    Name = "second",
                    Script = "print(1)",
                    Interpreter = InterpreterSpec.Line("python3 -u"),
                    TimeoutSeconds = 5,
                    WorkingDirectory = "/srv",
                    RunAs = "DOMAIN\\john.doe",
                    OnFailure = OnFailure.Continue,
                    Retries = 3,
                    RetryDelaySeconds = 7,
                    Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "b" },
                },
            ],
        };
        var id = (await CreateAsync(spec)).Id;
        var task = (await Engine.Queries.GetAsync(id, TestEngine.Me, Cancel)).Value;

        Assert.Equal((spec.Name, spec.Description, TaskPriority.High, OfflineHosts.Skip), (task.Name, task.Description, task.Priority, task.OfflineHosts));
        Assert.Equal("name=web-1", task.Targets.Selector);
        Assert.Equivalent(spec.Parameters, task.Parameters, strict: true);
        Assert.Equal(["TOKEN"], task.SecretParameters!.Keys);
        Assert.DoesNotContain("s3cret", task.SecretParameters["TOKEN"], StringComparison.Ordinal);
        Assert.Equivalent(
            new CommandView(task.Commands[0].Id, 0, null, "echo 1\n\techo é", ["/bin/sh"], 3600, null, null, null, OnFailure.StopHost, 0, 0),
            task.Commands[0],
            strict: true);
        Assert.Equivalent(
            new CommandView(task.Commands[1].Id, 1, "second", "print(1)", ["python3", "-u"], 5, "/srv", spec.Commands[1].Environment, "DOMAIN\\john.doe", OnFailure.Continue, 3, 7),
            task.Commands[1],
            strict: true);
    }

    [Fact]
    public async Task Interpreter_and_line_ends_are_settled_at_the_creation_and_told()
    {
        await Engine.AddHostAsync("web-1");
        var created = await CreateAsync(Spec() with
        {
            Commands =
            [
                new CommandSpec { Script = "\uFEFF#! /usr/bin/env -S python3 -u\r\nprint(1)\r\n" },
                new CommandSpec { Script = "echo" },
                new CommandSpec { Script = "#!/bin/bash\necho", Interpreter = InterpreterSpec.List("/bin/sh", "a b", "") },
            ],
        });
        var read = (await Engine.Queries.GetAsync(created.Id, TestEngine.Me, Cancel)).Value;
        Assert.All([created, read], task =>
        {
            Assert.Equal(["#! /usr/bin/env -S python3 -u\nprint(1)\n", "echo", "#!/bin/bash\necho"], task.Commands.Select(command => command.Script));
            Assert.Equal(["/usr/bin/env|python3|-u", "/bin/sh", "/bin/sh|a b|"], task.Commands.Select(command => string.Join('|', command.Interpreter)));
            Assert.Equal(
                [("script.bom", 0), ("script.line-ends", 0), ("interpreter.shebang", 0), ("interpreter.named", 2)],
                task.Notices.Select(notice => (notice.Code, notice.Arguments["command"].GetInt32())));
            Assert.Equal(2, task.Notices[1].Arguments["lines"].GetInt32());
            Assert.Equal(("/bin/sh 'a b' ''", "/bin/bash"), (task.Notices[3].Arguments["interpreter"].GetString(), task.Notices[3].Arguments["shebang"].GetString()));
        });

        await Engine.DispatchAsync();
        var order = Assert.Single(Engine.Gateway.Executes);
        Assert.Equal(["/usr/bin/env", "python3", "-u"], order.Interpreter);
        Assert.Equal("#! /usr/bin/env -S python3 -u\nprint(1)\n", order.Script);
    }

    [Fact]
    public async Task A_task_of_which_nothing_was_settled_has_no_notices()
    {
        await Engine.AddHostAsync("web-1");
        Assert.Empty((await CreateAsync(Spec("echo 1"))).Notices);
    }

    [Fact]
    public async Task Targets_are_the_approved_hosts_that_are_hit_now_and_not_draining()
    {
        await Engine.AddHostAsync("web-1", connect: true, ("env", "prod"));
        await Engine.AddHostAsync("web-2", connect: false, ("env", "prod"));
        await Engine.AddHostAsync("web-3", connect: true, ("env", "test"));
        var draining = await Engine.AddHostAsync("web-4", connect: true, ("env", "prod"));
        await Engine.Hosts.SetDrainingAsync(draining.HostId, draining: true, TestEngine.Me, Cancel);
        var pending = await Engine.AddHostAsync("web-5", connect: false, ("env", "prod"));
        await SetAdmissionAsync(pending.HostId, Core.Hosts.Admission.Pending);

        var task = await CreateAsync(Spec("true") with { Targets = new TargetSpec { Selector = "env=prod,fact.os=debian" } });
        Assert.Equal(["web-1", "web-2"], (await Engine.RowsAsync(task.Id)).Select(row => row.HostName));

        // Hit later: not part of a task that exists.
        await Engine.AddHostAsync("web-6", connect: true, ("env", "prod"));
        Assert.Equal(2, (await Engine.RowsAsync(task.Id)).Count);
    }

    [Fact]
    public async Task A_host_that_is_named_twice_runs_a_command_once()
    {
        var host = await Engine.AddHostAsync("web-1");
        var task = await CreateAsync(Spec("true") with { Targets = new TargetSpec { HostIds = [host.HostId, host.HostId] } });
        Assert.Single(await Engine.RowsAsync(task.Id));
        Assert.Equal(1, task.HostProgress.Total);
    }

    [Fact]
    public async Task Many_hosts_can_be_named()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 30; index++)
        {
            agents.Add(await Engine.AddHostAsync($"web-{index:d2}", connect: false));
        }

        var unknown = Enumerable.Range(0, 2_500).Select(_ => Guid.NewGuid()).ToList();
        var answer = await Engine.Tasks.CreateAsync(Spec("true") with { Targets = new TargetSpec { HostIds = [.. agents.Select(agent => agent.HostId), .. unknown] } }, TestEngine.Me, null, Cancel);
        Assert.Equal(["targets.hostIds"], AssertProblem<Problem.Invalid>(answer.Problem).Errors.Keys);

        var task = await CreateAsync(Spec("true") with { Targets = new TargetSpec { HostIds = [.. agents.Select(agent => agent.HostId).Reverse()] } });
        Assert.Equal(agents.Select(agent => agent.Name), (await Engine.RowsAsync(task.Id)).Select(row => row.HostName));
    }

    [Fact]
    public async Task Refused_input_names_the_field_and_changes_nothing()
    {
        var host = await Engine.AddHostAsync("web-1");
        var draining = await Engine.AddHostAsync("web-2");
        await Engine.Hosts.SetDrainingAsync(draining.HostId, draining: true, TestEngine.Me, Cancel);
        var done = await CreateAsync(Spec("true"));
        await Engine.Tasks.CancelAsync(done.Id, null, TestEngine.Me, Cancel);
        var before = await StoreAsync();

        var good = Spec("true");
        await AssertInvalidAsync("commands[0].script", Spec(""));
        await AssertInvalidAsync("targets.hostIds", good with { Targets = new TargetSpec { HostIds = [host.HostId, Guid.NewGuid()] } });
        await AssertInvalidAsync("targets.hostIds", good with { Targets = new TargetSpec { HostIds = [draining.HostId] } });
        await AssertInvalidAsync("targets.selector", good with { Targets = new TargetSpec { Selector = "env=nowhere" } });
        await AssertInvalidAsync("targets.selector", good with { Targets = new TargetSpec { Selector = "env in (" } });
        await AssertInvalidAsync("commands[0].timeoutSeconds", good with { Commands = [new CommandSpec { Script = "x", TimeoutSeconds = -1 }] });
        await AssertInvalidAsync("name", good with { Name = new string('n', 10_000) });
        await AssertInvalidAsync("parameters.LD_PRELOAD", good with { Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["LD_PRELOAD"] = "x" } });
        AssertProblem<Problem.WrongState>((await Engine.Tasks.StartAsync(done.Id, TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Tasks.StartAsync(Guid.NewGuid(), TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Tasks.CancelAsync(Guid.NewGuid(), null, TestEngine.Me, Cancel)).Problem);
        AssertProblem<Problem.NotFound>((await Engine.Tasks.RetryAsync(Guid.NewGuid(), TestEngine.Me, Cancel)).Problem);

        Assert.Equal(before, await StoreAsync());
    }

    [Fact]
    public async Task Without_any_host_there_is_no_task()
    {
        var answer = await Engine.Tasks.CreateAsync(Spec("true"), TestEngine.Me, null, Cancel);
        Assert.Single(AssertProblem<Problem.Invalid>(answer.Problem).Errors);
        await using var context = Engine.Read();
        Assert.Empty(context.Tasks);
    }

    private async Task AssertInvalidAsync(string field, TaskSpec spec)
    {
        var answer = await Engine.Tasks.CreateAsync(spec, TestEngine.Me, null, Cancel);
        Assert.Equal([field], AssertProblem<Problem.Invalid>(answer.Problem).Errors.Keys);
    }

    private async Task SetAdmissionAsync(Guid hostId, Core.Hosts.Admission admission)
    {
        await using var context = Database.Context();
        context.Hosts.Single(host => host.Id == hostId).Admission = admission;
        await context.SaveChangesAsync(Cancel);
    }
}

public sealed class SqliteTaskCreationTests(SqliteDatabase database) : TaskCreationTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTaskCreationTests(MariaDbDatabase database) : TaskCreationTests(database), IClassFixture<MariaDbDatabase>;
