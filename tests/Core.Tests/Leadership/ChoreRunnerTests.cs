using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Leadership;

public sealed class ChoreRunnerTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private readonly List<string> _told = [];

    [Fact]
    public async Task A_failure_is_told_once_and_once_more_when_it_has_ended()
    {
        var chore = new TestChore { Act = call => call is > 2 and < 6 ? throw new InvalidOperationException("no") : 1 };
        await RunAsync(chore, calls: 8);
        Assert.Equal(["Error: Chore test failed; it is tried again, and told when it works", "Information: Chore test works again"], _told);
    }

    [Fact]
    public async Task What_takes_longer_than_its_limit_is_canceled_and_called_again()
    {
        var chore = new TestChore { Hangs = call => call == 2 };
        await RunAsync(chore, calls: 4);
        Assert.Contains(_told, line => line.StartsWith("Error: Chore test failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_chore_of_the_leader_rests_where_another_leads()
    {
        await using var other = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        var (leaders, own) = (new TestChore { Scope = ChoreScope.Leader }, new TestChore());
        await RunAsync(other, [leaders, own], () => own.Calls >= 5);
        Assert.Equal(0, leaders.Calls);
        await RunAsync(Engine, [leaders], () => leaders.Calls >= 2);
    }

    private Task RunAsync(TestChore chore, int calls) => RunAsync(Engine, [chore], () => chore.Calls >= calls);

    private async Task RunAsync(TestEngine engine, IChore[] chores, Func<bool> until)
    {
        var meters = engine.Get<IMeterFactory>();
        using var metrics = new ChoreMetrics(meters);
        using var runner = new ChoreRunner(chores, engine.Get<LeaderLease>(), metrics, engine.Time, new Listener(_told));
        await runner.StartAsync(Cancel);
        await engine.WaitAsync(() =>
        {
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(until());
        });
        await runner.StopAsync(Cancel);
    }

    private sealed class TestChore : IChore
    {
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public Func<int, int> Act { get; init; } = _ => 1;

        public Func<int, bool> Hangs { get; init; } = _ => false;

        public string Name => "test";

        public TimeSpan Interval => TimeSpan.FromSeconds(1);

        public ChoreScope Scope { get; init; } = ChoreScope.Instance;

        public TimeSpan Limit => TimeSpan.FromSeconds(3);

        public async Task<int> RunAsync(CancellationToken cancellationToken)
        {
            var call = Interlocked.Increment(ref _calls);
            if (Hangs(call))
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Act(call);
        }
    }

    private sealed class Listener(List<string> told) : ILogger<ChoreRunner>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel > LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (told)
            {
                told.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }
    }
}
