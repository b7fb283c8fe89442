using CsCheck;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Model;

/// <summary>
/// The real pipeline, sessions, scheduler, sweeps and store against a model of a page: whatever agents say, in whatever
/// order, once or twice, by the wrong session or host or about the wrong attempt, and whoever cancels, settles, drains,
/// goes away or runs out of time in between.
/// </summary>
public abstract class ModelTests(FastSqliteDatabase database) : EngineTests(database), IClassFixture<FastSqliteDatabase>
{
    private const int Scenarios = 10_000;

    /// <summary>Classes that share the scenarios: they run beside each other.</summary>
    private const int Shares = 4;

    // A scenario leaves every agent connected, unless it failed.
    private bool _connected;

    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Output:KeptHeadBytes"] = "1024",
        ["Output:KeptTailBytes"] = "700",
        ["Dispatch:AgentLostGraceSeconds"] = $"{TaskModel.LostAfter.TotalSeconds}",
    };

    /// <summary>Scenarios that this class runs.</summary>
    protected virtual int Share => Scenarios / Shares;

    /// <summary>A share of 10,000 random scenarios, or as many in each class as CsCheck_Iter says; a failure prints the seed to run it again with (CsCheck_Seed).</summary>
    [Fact]
    public async Task The_engine_does_what_the_model_does()
    {
        List<TestAgent> agents = [await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"), await Engine.AddHostAsync("c")];

        // Past the time in which nobody is judged.
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await using var reader = await ModelReader.OpenAsync(Engine);
        await Scenario.Any.SampleAsync(scenario => RunAsync(scenario, agents, reader), iter: Check.Iter == 100 ? Share : Check.Iter, threads: 1);
    }

    private async Task RunAsync(Scenario scenario, List<TestAgent> agents, ModelReader reader)
    {
        await reader.ClearAsync();
        await Task.WhenAll(agents.Where(_ => !_connected).Select(agent => agent.HelloAsync()));
        _connected = false;
        var used = agents[..scenario.Hosts];
        var hosts = used.ConvertAll(agent => new ModelHost { ConnectedAt = agent.ConnectedAt });
        var tasks = new List<ModelTask>();
        foreach (var spec in scenario.Tasks)
        {
            var task = await CreateAsync(Spec(spec, used));
            tasks.Add(new ModelTask(task.Id, new TaskModel(spec, hosts, Engine.Time.GetUtcNow), await reader.RowsAsync(task.Id)));
        }

        var run = new ModelRun(Engine, reader, tasks, hosts, used, Engine.Get<IOptions<OutputOptions>>().Value);
        foreach (var step in scenario.Steps)
        {
            await run.TakeAsync(step);
        }

        await run.EndAsync();
        await AfterAsync();
        _connected = true;
    }

    /// <summary>What else is looked at when a scenario has ended.</summary>
    protected virtual Task AfterAsync() => Task.CompletedTask;

    private static TaskSpec Spec(ModelSpec spec, IEnumerable<TestAgent> agents) => new()
    {
        Name = "n",
        OfflineHosts = spec.OfflineHosts,
        WaitSeconds = spec.OfflineHosts == Core.Tasks.OfflineHosts.Wait ? spec.Wait : null,
        TimeoutSeconds = spec.Timeout,
        Start = true,
        Targets = new TargetSpec { HostIds = [.. agents.Select(agent => agent.HostId)] },
        Commands = [.. spec.Commands.Select(command => new CommandSpec
        {
            Script = "x",
            OnFailure = command.OnFailure,
            Retries = command.Retries,
            RetryDelaySeconds = command.RetryDelay,
            TimeoutSeconds = command.Timeout,
        })],
    };
}

/// <inheritdoc />
public sealed class FirstModelTests(FastSqliteDatabase database) : ModelTests(database);

/// <inheritdoc />
public sealed class SecondModelTests(FastSqliteDatabase database) : ModelTests(database);

/// <inheritdoc />
public sealed class ThirdModelTests(FastSqliteDatabase database) : ModelTests(database);

/// <inheritdoc />
public sealed class FourthModelTests(FastSqliteDatabase database) : ModelTests(database);
