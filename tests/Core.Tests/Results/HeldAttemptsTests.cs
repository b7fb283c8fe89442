using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>When an event that failed alone is judged, with a store whose faults the test commands.</summary>
public sealed class HeldAttemptsTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private readonly List<QueuedEvent> _taken = [];
    private readonly EventGroup _group = new(new OutputOptions());
    private bool _away = true;

    [Theory]
    [InlineData(1, 1_024)] // few
    [InlineData(6, 2 * 1024 * 1024)] // more than half of the budget
    public async Task A_store_that_comes_back_between_the_last_failure_and_the_trivial_write_is_no_proof_against_an_event(int attempts, int bytes)
    {
        var held = await HoldAsync(attempts, bytes, back: true);
        await RetryAsync(held, rounds: 20);
        Assert.Equal(attempts, _taken.Count);
        Assert.Null(held.DueIn);
    }

    [Theory]
    [InlineData(1, 1_024, 1)]
    [InlineData(6, 2 * 1024 * 1024, 6)] // until few are left, and these
    [InlineData(6, 1_024, 0)] // neither few nor much
    public async Task What_fails_right_after_the_store_took_a_trivial_write_is_set_aside(int attempts, int bytes, int setAside)
    {
        var held = await HoldAsync(attempts, bytes, back: false);
        await RetryAsync(held, rounds: 20);
        Assert.Empty(_taken);
        Assert.Equal(attempts - setAside, held.RetryIn is null ? 0 : Engine.Get<IntakeBudget>().Count);
    }

    private async Task<HeldAttempts> HoldAsync(int attempts, int bytes, bool back)
    {
        var budget = Engine.Get<IntakeBudget>();
        var held = new HeldAttempts(
            CommitAsync,
            Engine.Get<ResultCommitter>(),
            _ =>
            {
                _away &= !back;
                return Task.FromResult<Exception?>(null);
            },
            Engine.Get<ResultMetrics>(),
            new EventQueue(budget, Engine.Time),
            Engine.Time,
            NullLogger.Instance);
        for (var index = 0; index < attempts; index++)
        {
            var output = EventQueueTest.Output(EventQueueTest.NewKey(), 0, bytes);
            var queued = new QueuedEvent(output, Engine.Time.GetTimestamp());
            await budget.TakeAsync(queued.Sender, queued.HeldBytes, Cancel);
            budget.EndTurn(queued.Sender);
            held.Hold([queued], new InvalidOperationException("away"));
        }

        return held;
    }

    private async Task RetryAsync(HeldAttempts held, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(2));
            await held.RetryAsync(_group, Cancel);
        }
    }

    private Task CommitAsync(List<QueuedEvent> events, CancellationToken cancellationToken)
    {
        if (_away)
        {
            throw new InvalidOperationException("away");
        }

        _taken.AddRange(events);
        return Task.CompletedTask;
    }
}
