using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>Takes the engine and the model through the same steps, and compares them wherever both have come to rest.</summary>
internal sealed partial class ModelRun(TestEngine engine, ModelReader reader, IReadOnlyList<ModelTask> tasks, IReadOnlyList<ModelHost> hosts, IReadOnlyList<TestAgent> agents, OutputOptions limits)
{
    private const int MaxRounds = 25;

    public async Task TakeAsync(Step step)
    {
        var rows = tasks.SelectMany(task => task.Model.Rows.Select(row => (Task: task, Row: row))).ToList();
        var (task, row) = rows[step.Row % rows.Count];
        if (step.Kind is StepKind.Started or StepKind.Output or StepKind.Finished)
        {
            Say(step, task, row);
            return;
        }

        if (_said.Count > 0)
        {
            await CompareAsync();
        }

        if (step.Kind == StepKind.Advance)
        {
            engine.Time.Advance(step.Advance);
            return;
        }

        await ActAsync(step, task, row);
        await CompareAsync();
    }

    /// <summary>
    /// The agents come back with all they hold and report everything, and all deadlines pass: whatever happened before,
    /// everything has ended then, and nobody holds anything.
    /// </summary>
    public async Task EndAsync()
    {
        await CompareAsync();
        foreach (var host in hosts)
        {
            await HelloAsync(host, tasks.SelectMany(task => task.Model.Rows.Where(row => row.Host == host && (row.Status.IsActive() || row.Held)).Select(row => (task, row, JournalState.Running))), sameJournal: true);
        }

        for (var round = 0; round == 0 || !tasks.All(task => task.Model.Status.IsTerminal()); round++)
        {
            Assert.True(round < MaxRounds, "Everything was reported and every deadline has passed, and something has not ended.");
            await DispatchAsync();
            foreach (var task in tasks)
            {
                foreach (var row in task.Model.Rows.Where(row => row.Status.IsActive() || row.Held).ToList())
                {
                    Report(task, row);
                }
            }

            await CommitAsync();
            engine.Time.Advance(TimeSpan.FromSeconds(41));
            await SweepAsync();
            await CompareAsync();
        }

        Assert.All(tasks, task => Assert.All(task.Model.Rows, row => Assert.True(row.Status.IsTerminal() && !row.Held)));
        await CompareOutputAsync();
    }

    private Task ActAsync(Step step, ModelTask task, ModelRow row) => step.Kind switch
    {
        StepKind.Dispatch => DispatchAsync(),
        StepKind.CancelTask => CancelAsync(task, null),
        StepKind.CancelHost => CancelAsync(task, row.Host),
        StepKind.Disconnect => DisconnectAsync(row.Host),
        StepKind.Hello => HelloAsync(step, row.Host),
        StepKind.Drain => DrainAsync(row.Host),
        StepKind.Resolve => ResolveAsync(task, row, step.Twist % 2 == 0 ? CommandHostStatus.Succeeded : CommandHostStatus.Failed),
        StepKind.Sweep => SweepAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.Kind, null),
    };

    private async Task DispatchAsync()
    {
        engine.Gateway.Executes.Clear();
        await engine.DispatchAsync();
        Assert.Equal(
            tasks.SelectMany(task => task.Model.Dispatch().Select(row => task.Key(row))).OrderBy(key => key.CommandHostId),
            engine.Gateway.Executes.Select(order => order.Key).OrderBy(key => key.CommandHostId));
    }

    private async Task CancelAsync(ModelTask task, ModelHost? host)
    {
        var answer = await engine.Tasks.CancelAsync(task.Id, host is null ? null : [Agent(host).HostId], TestEngine.Me, CancellationToken.None);
        Assert.Equal(task.Model.Cancel(host), answer.Problem is null);
    }

    private async Task ResolveAsync(ModelTask task, ModelRow row, CommandHostStatus status)
    {
        var answer = await engine.Tasks.ResolveAsync(task.Key(row).CommandHostId, status, "saw it", TestEngine.Me, CancellationToken.None);
        Assert.Equal(task.Model.Resolve(row, status), answer.Problem is null);
    }

    private async Task DisconnectAsync(ModelHost host)
    {
        if (host.Connected)
        {
            (host.Connected, host.DisconnectedAt) = (false, engine.Time.GetUtcNow());
            foreach (var task in tasks)
            {
                task.Model.Away(host);
            }

            await Agent(host).ByeAsync();
        }
    }

    private async Task DrainAsync(ModelHost host)
    {
        host.Draining = !host.Draining;
        Assert.Null((await engine.Hosts.SetDrainingAsync(Agent(host).HostId, host.Draining, TestEngine.Me, CancellationToken.None)).Problem);
    }

    private async Task SweepAsync()
    {
        engine.Gateway.Executes.Clear();
        engine.Gateway.Cancels.Clear();
        await engine.Get<DeadlineSweeper>().RunAsync(CancellationToken.None);
        var held = tasks.SelectMany(task => task.Model.Rows.Where(row => row.Status.IsActive() || row.Held)).ToHashSet();
        foreach (var task in tasks)
        {
            task.Model.Sweep();
        }

        // What is sent again has been sent and is not to be killed; what is killed was held and is to be killed.
        HashSet<AttemptKey> Keys(Func<ModelTask, ModelRow, bool> which) =>
            [.. tasks.SelectMany(task => task.Model.Rows.Where(row => which(task, row)).Select(row => task.Key(row)))];
        Assert.Subset(Keys((task, row) => row.Status == CommandHostStatus.Dispatched && !task.Model.IsToBeKilled(row)), engine.Gateway.Executes.Select(order => order.Key).ToHashSet());
        Assert.Subset(Keys((task, row) => held.Contains(row) && task.Model.IsToBeKilled(row)), engine.Gateway.Cancels.Select(order => order.Key).ToHashSet());
    }

    private TestAgent Agent(ModelHost host) => agents[hosts.ToList().IndexOf(host)];
}
