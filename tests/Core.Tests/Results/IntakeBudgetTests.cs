using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class IntakeBudgetTests
{
    [Fact]
    public async Task Whoever_is_over_the_budget_waits_in_the_order_of_asking()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: 100);
        await budget.TakeAsync(Guid.NewGuid(), 60, TestContext.Current.CancellationToken);
        var large = budget.TakeAsync(Guid.NewGuid(), 50, TestContext.Current.CancellationToken).AsTask();
        var small = budget.TakeAsync(Guid.NewGuid(), 1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);

        budget.Release(60);
        await Task.WhenAll(large, small);
        Assert.Equal((2, 51L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task One_event_is_always_taken_in_however_large()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: 100);
        await budget.TakeAsync(Guid.NewGuid(), 1_000, TestContext.Current.CancellationToken);
        var next = budget.TakeAsync(Guid.NewGuid(), 1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(1_000);
        await next;
        Assert.Equal((1, 1L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 100);
        await budget.TakeAsync(Guid.NewGuid(), 60, TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource();
        var large = budget.TakeAsync(Guid.NewGuid(), 50, patience.Token).AsTask();
        var small = budget.TakeAsync(Guid.NewGuid(), 40, TestContext.Current.CancellationToken).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal((2, 100L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task The_number_of_events_is_limited_as_well()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 100);
        await budget.TakeAsync(Guid.NewGuid(), 1, TestContext.Current.CancellationToken);
        await budget.TakeAsync(Guid.NewGuid(), 1, TestContext.Current.CancellationToken);
        var third = budget.TakeAsync(Guid.NewGuid(), 1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(third.IsCompleted);
        budget.Release(1);
        await third;
    }

    [Fact]
    public async Task A_host_that_was_let_in_goes_on_before_the_next_one_begins_until_its_turn_ends()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 1 << 20);
        await budget.TakeAsync(Guid.NewGuid(), 1, cancel);
        var begins = budget.TakeAsync(first, 1, cancel).AsTask();
        var next = budget.TakeAsync(second, 1, cancel).AsTask();

        budget.Release(1);
        await begins;
        var goesOn = budget.TakeAsync(first, 1, cancel).AsTask();
        budget.Release(1);
        await goesOn;
        Assert.False(next.IsCompleted);

        budget.EndTurn(first);
        var again = budget.TakeAsync(first, 1, cancel).AsTask();
        budget.Release(1);
        await next;
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task A_turn_ends_when_its_host_has_had_its_share()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 1 << 20);
        await budget.TakeAsync(Guid.NewGuid(), 1, cancel);
        var begins = budget.TakeAsync(first, IntakeBudget.TurnBytes, cancel).AsTask();
        var next = budget.TakeAsync(second, 1, cancel).AsTask();
        budget.Release(1);
        await begins;

        var again = budget.TakeAsync(first, 1, cancel).AsTask();
        budget.Release(IntakeBudget.TurnBytes);
        await next;
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task Hosts_that_say_nothing_in_their_turn_keep_nobody_out()
    {
        var cancel = TestContext.Current.CancellationToken;
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 1_000);
        await budget.TakeAsync(Guid.NewGuid(), 1_000, cancel);
        var asking = Enumerable.Range(0, 50).Select(_ => budget.TakeAsync(Guid.NewGuid(), 100, cancel).AsTask()).ToList();
        budget.Release(1_000);
        for (var admitted = 0; admitted < asking.Count; admitted++)
        {
            await asking[admitted];
            budget.Release(100);
        }

        Assert.Equal((0, 0L), (budget.Count, budget.Bytes));
    }
}
