using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class IntakeBudgetTests
{
    [Fact]
    public async Task Whoever_is_over_the_budget_waits_in_the_order_of_asking()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: 100);
        await budget.TakeAsync(60, TestContext.Current.CancellationToken);
        var large = budget.TakeAsync(50, TestContext.Current.CancellationToken).AsTask();
        var small = budget.TakeAsync(1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);

        budget.Release(60);
        await Task.WhenAll(large, small);
        Assert.Equal((2, 51L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task One_event_is_always_taken_in_however_large()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: 100);
        await budget.TakeAsync(1_000, TestContext.Current.CancellationToken);
        var next = budget.TakeAsync(1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(1_000);
        await next;
        Assert.Equal((1, 1L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 100);
        await budget.TakeAsync(60, TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource();
        var large = budget.TakeAsync(50, patience.Token).AsTask();
        var small = budget.TakeAsync(40, TestContext.Current.CancellationToken).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal((2, 100L), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task The_number_of_events_is_limited_as_well()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 100);
        await budget.TakeAsync(1, TestContext.Current.CancellationToken);
        await budget.TakeAsync(1, TestContext.Current.CancellationToken);
        var third = budget.TakeAsync(1, TestContext.Current.CancellationToken).AsTask();
        Assert.False(third.IsCompleted);
        budget.Release(1);
        await third;
    }
}
