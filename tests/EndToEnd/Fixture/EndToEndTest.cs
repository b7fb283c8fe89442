using TaskConsole.Harness;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace TaskConsole.EndToEnd.Fixture;

/// <summary>A test against a running console; when it fails, it shows what the console said.</summary>
public abstract class EndToEndTest(RunningConsole console, ITestOutputHelper output) : IAsyncLifetime
{
    private const int LogTail = 8_000;

    protected RunningConsole Console { get; } = console;

    protected RestApi Api => Console.Api;

    public virtual ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Console.SkipReason is not null, Console.SkipReason ?? "");
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            var log = Console.Log;
            output.WriteLine(log[^Math.Min(LogTail, log.Length)..]);
        }

        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
