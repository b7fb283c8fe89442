using CsCheck;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Model;

/// <summary>
/// The real pipeline, sessions, scheduler and store against a model of a page: whatever agents say, in whatever order,
/// once or twice, by the wrong session or host or about the wrong attempt, and whoever cancels or goes away in between.
/// </summary>
public sealed class ModelTests(FastSqliteDatabase database) : EngineTests(database), IClassFixture<FastSqliteDatabase>
{
    private static readonly Gen<Scenario> AnyScenario = Gen.Select(
        Gen.Select(Gen.Enum<OnFailure>(), Gen.Int[0, 2]).Array[1, 3],
        Gen.Int[1, 3],
        Gen.OneOf(OfflineHosts.Fail, OfflineHosts.Skip),
        Step.Any.Array[0, 45],
        (commands, hosts, offlineHosts, steps) => new Scenario(commands, hosts, offlineHosts, steps));

    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Output:KeptHeadBytes"] = "1024",
        ["Output:KeptTailBytes"] = "700",
    };

    /// <summary>2,000 random scenarios, or as many as CsCheck_Iter says; a failure prints the seed to run it again with (CsCheck_Seed).</summary>
    [Fact]
    public async Task The_engine_does_what_the_model_does()
    {
        List<TestAgent> agents = [await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"), await Engine.AddHostAsync("c")];
        await AnyScenario.SampleAsync(scenario => RunAsync(scenario, agents), iter: Math.Max(2_000, Check.Iter), threads: 1);
    }

    private async Task RunAsync(Scenario scenario, List<TestAgent> agents)
    {
        await using (var context = Database.Context())
        {
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(context.Database, "DELETE FROM tasks", Cancel);
        }

        foreach (var agent in agents)
        {
            await agent.HelloAsync();
        }

        var used = agents[..scenario.Hosts];
        var task = await CreateAsync(new TaskSpec
        {
            Name = "n",
            OfflineHosts = scenario.OfflineHosts,
            Start = true,
            Targets = new TargetSpec { HostIds = [.. used.Select(agent => agent.HostId)] },
            Commands = [.. scenario.Commands.Select(command => new CommandSpec { Script = "x", OnFailure = command.OnFailure, Retries = command.Retries })],
        });
        var model = new TaskModel(scenario.Commands, scenario.Hosts, scenario.OfflineHosts);
        var run = new ModelRun(Engine, model, task.Id, await Engine.RowsAsync(task.Id), used, Engine.Get<IOptions<OutputOptions>>().Value);
        foreach (var step in scenario.Steps)
        {
            await run.TakeAsync(step);
        }

        await run.CompareAsync();
        await run.CompareOutputAsync();
    }

    private sealed record Scenario((OnFailure OnFailure, int Retries)[] Commands, int Hosts, OfflineHosts OfflineHosts, Step[] Steps)
    {
        public override string ToString() =>
            $"{Hosts} hosts, offline {OfflineHosts}, commands {string.Join(' ', Commands.Select(command => $"{command.OnFailure}+{command.Retries}"))}: {string.Join(' ', Steps.AsEnumerable())}";
    }
}
