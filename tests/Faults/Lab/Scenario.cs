using System.Diagnostics;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>A fault, and what must have become of every attempt after it.</summary>
public abstract class Scenario(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : IAsyncLifetime
{
    private const int LogTail = 8_000;

    private readonly long _began = Stopwatch.GetTimestamp();
    private Tally _tally = new(0, 0, 0, 0);

    /// <summary>How long a fault may keep a row from its end after it was healed.</summary>
    protected static TimeSpan Soon { get; } = TimeSpan.FromSeconds(30);

    protected ITestOutputHelper Output => output;

    private protected FaultLab Lab => lab;

    private protected Tally Tally => _tally;

    private protected LabAgent Agent => lab.Fleet[0];

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(lab.SkipReason is not null, lab.SkipReason ?? "");
        await lab.HealAsync();
    }

    public virtual ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        if (lab.SkipReason is null)
        {
            report.Add(TestContext.Current.TestMethod!.MethodName.Replace('_', ' '), lab.StoreName, _tally, Stopwatch.GetElapsedTime(_began), !failed);
        }

        if (failed)
        {
            Show("The console", lab.ConsoleLog);
            foreach (var agent in lab.Agents)
            {
                Show(agent.Name, agent.Log);
            }
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until the console has said that the store does not take what it writes.</summary>
    /// <param name="since">Length of its log before the fault.</param>
    private protected Task StoreTriedInVainAsync(int since) => Wait.UntilAsync(
        "the console to try the store",
        () => Task.FromResult(lab.ConsoleLog.AsSpan(since).Contains("The store cannot be written", StringComparison.Ordinal)));

    /// <summary>A file that is not there yet.</summary>
    private protected string NewGate() => Path.Combine(lab.Folder, $"gate-{Guid.CreateVersion7():N}");

    private protected static void Open(string gate) => File.WriteAllText(gate, "");

    private protected Task<LabTask> RunAsync(LabAgent agent, LabScript script, LabTaskOptions? options = null) => LabTask.StartAsync(lab, [agent], [script], options);

    private protected Task<LabTask> RunOnFleetAsync(params LabScript[] scripts) => LabTask.StartAsync(lab, lab.Fleet, scripts);

    /// <summary>Waits until every row has ended, and audits the task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="expected">Status, or status/reason, that every row must have; null: any that the audit allows.</param>
    /// <param name="within">How long it may take from now.</param>
    /// <param name="mayHaveLost">See <see cref="Audit"/>.</param>
    private protected async Task SettleAsync(LabTask task, string? expected = null, TimeSpan? within = null, bool mayHaveLost = false)
    {
        await task.EndedAsync(within ?? Soon);
        if (expected is not null)
        {
            Assert.All(await task.RowsAsync(), row => Assert.Equal(expected, expected.Contains('/', StringComparison.Ordinal) ? $"{row.Text("status")}/{row.Text("reason")}" : row.Text("status")));
        }

        _tally += await Audit.CheckAsync(task, mayHaveLost);
    }

    private void Show(string who, string log) => output.WriteLine($"---- {who}:{Environment.NewLine}{log[^Math.Min(LogTail, log.Length)..]}");
}
