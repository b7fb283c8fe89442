using System.Diagnostics;
using System.Globalization;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>
/// Tasks without end, and the faults of the other scenarios at random moments. Two minutes from a new seed, or as
/// <c>TASKCONSOLE_FAULTS_MINUTES</c>, <c>TASKCONSOLE_FAULTS_SEED</c> and <c>TASKCONSOLE_FAULTS_EVERY_SECONDS</c> say.
/// </summary>
public abstract class RandomFaultScenarios(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    private const int OpenTasks = 6;
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Faults_at_random_moments()
    {
        var seed = (int)Setting("SEED", Random.Shared.Next());
        var minutes = Setting("MINUTES", 2);
        var every = TimeSpan.FromSeconds(Setting("EVERY_SECONDS", 3));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Random faults on {Lab.StoreName} for {minutes} min: TASKCONSOLE_FAULTS_SEED={seed}"));
        var (began, time) = (Stopwatch.GetTimestamp(), TimeSpan.FromMinutes(minutes));
        var dice = new FaultDice(Lab, seed, WithoutStoreAsync);
        await dice.RepeatMessagesAsync();
        using var over = new CancellationTokenSource();
        var works = (await TaskStream.OnFleetAsync(Lab, seed, OpenTasks)).RunAsync(over.Token);
        var faults = 0;
        while (Stopwatch.GetElapsedTime(began) < time && !works.IsCompleted)
        {
            var next = Stopwatch.GetTimestamp();
            await dice.ThrowAsync(TestContext.Current.CancellationToken);
            faults++;
            if (every - Stopwatch.GetElapsedTime(next) is { Ticks: > 0 } rest)
            {
                await Task.WhenAny(works, Task.Delay(rest));
            }
        }

        await Lab.HealAsync();
        await over.CancelAsync();
        var tasks = await works;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tasks.Count} tasks, {faults} faults on {Lab.StoreName}: {dice.Thrown}"));
        Assert.True(tasks.Count > 5, $"Only {tasks.Count} tasks were run.");
        foreach (var task in tasks)
        {
            // Everybody is back: what was given up meanwhile has been corrected, by the end or by the journal.
            await task.UntilAsync("settled by its agent's word", row => row.Text("reason") is not ("AgentLost" or "ServerDeadline"), Recovery);
            await SettleAsync(task);
        }

        Assert.True(Tally.Started * 2 > Tally.Attempts, $"Only {Tally.Started} of {Tally.Attempts} attempts were started.");
        await SettleAsync(await RunOnFleetAsync(LabScript.Quick), "Succeeded");
    }

    /// <summary>Takes the store away for a time.</summary>
    private protected abstract Task WithoutStoreAsync(TimeSpan time);

    private static double Setting(string name, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable("TASKCONSOLE_FAULTS_" + name), CultureInfo.InvariantCulture, out var set) ? set : usual;
}

/// <inheritdoc />
[Collection(RandomOnMariaDb.Name)]
public sealed class RandomFaultsOnMariaDbScenarios(MariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : RandomFaultScenarios(lab, report, output)
{
    private protected override Task WithoutStoreAsync(TimeSpan time) => lab.WithoutStoreAsync(time);
}

/// <inheritdoc />
[Collection(RandomOnSqlite.Name)]
public sealed class RandomFaultsOnSqliteScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : RandomFaultScenarios(lab, report, output)
{
    private protected override Task WithoutStoreAsync(TimeSpan time) => lab.WithoutStoreAsync(time);
}
