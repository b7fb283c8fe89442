using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class IntakeBudgetTests
{
    private const int Small = 512;
    private const int Large = 32 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_over_the_budget_waits_in_the_order_of_asking()
    {
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 16 * Large);
        await TakeAsync(budget, 12, Large);
        var host = Guid.NewGuid();
        var first = budget.TakeAsync(host, 3 * Large, Cancel).AsTask();
        var second = budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted);

        budget.Release(Large);
        budget.Release(Large);
        await first;
        Assert.False(second.IsCompleted);
        budget.EndTurn(host);
        await second;
        Assert.Equal((12, 14L * Large), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task One_event_is_always_taken_in_however_large()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: Large);
        await budget.TakeAsync(Guid.NewGuid(), 10 * Large, Cancel);
        var next = budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(10 * Large);
        await next;
        Assert.Equal((1, (long)Small), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task Small_events_find_room_where_bulk_finds_none_and_do_not_wait_behind_it()
    {
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 16 * Large);
        await TakeAsync(budget, 14, Large);
        var bulk = budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask();
        Assert.False(bulk.IsCompleted);

        // An eighth is theirs.
        await TakeAsync(budget, 2 * Large / Small, Small);
        Assert.False(budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask().IsCompleted);
        Assert.False(bulk.IsCompleted);
        Assert.Equal(16L * Large, budget.Bytes);
    }

    [Fact]
    public async Task Bulk_finds_room_however_many_small_events_wait()
    {
        var budget = new IntakeBudget(maxCount: 16, maxBytes: 16 * Large);
        var small = Enumerable.Range(0, 100).Select(_ => budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask()).ToList();
        Assert.Equal(14, small.Count(taken => taken.IsCompleted));
        await TakeAsync(budget, 2, Large);
        Assert.Equal(16, budget.Count);
        Assert.False(budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 16 * Large);
        await budget.TakeAsync(Guid.NewGuid(), 10 * Large, Cancel);
        using var patience = new CancellationTokenSource();
        var large = budget.TakeAsync(Guid.NewGuid(), 5 * Large, patience.Token).AsTask();
        var fits = budget.TakeAsync(Guid.NewGuid(), 4 * Large, Cancel).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await fits;
        Assert.Equal((2, 14L * Large), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task The_number_of_events_is_limited_as_well()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 16 * Large);
        await TakeAsync(budget, 2, Small);
        var third = budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask();
        Assert.False(third.IsCompleted);
        budget.Release(Small);
        await third;
    }

    [Fact]
    public async Task A_host_that_begins_goes_on_before_all_other_bulk_until_its_turn_ends()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 16 * Large);
        await budget.TakeAsync(first, Large, Cancel);
        var next = budget.TakeAsync(second, Large, Cancel).AsTask();
        var goesOn = budget.TakeAsync(first, Large, Cancel).AsTask();
        budget.Release(Large);
        await goesOn;
        Assert.False(next.IsCompleted);

        budget.EndTurn(first);
        var again = budget.TakeAsync(first, Large, Cancel).AsTask();
        budget.Release(Large);
        await next;
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task A_turn_ends_when_its_host_has_sent_as_much()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 1 << 20);
        await budget.TakeAsync(first, IntakeBudget.TurnBytes - 1, Cancel);
        Assert.True(budget.IsInTurn(first));
        budget.Release(IntakeBudget.TurnBytes - 1);
        await budget.TakeAsync(first, Large, Cancel);
        Assert.False(budget.IsInTurn(first));

        var next = budget.TakeAsync(second, Large, Cancel).AsTask();
        var again = budget.TakeAsync(first, Large, Cancel).AsTask();
        budget.Release(Large);
        await next;
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task Those_that_begin_find_room_for_all_that_they_are_about_to_send()
    {
        var budget = new IntakeBudget(maxCount: 10_000, maxBytes: 16 * 1024 * 1024);
        var hosts = Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()).ToList();
        var asking = hosts.Select(host => budget.TakeAsync(host, Large, Cancel).AsTask()).ToList();
        var begun = asking.Count(taken => taken.IsCompleted);
        Assert.Equal(14 * 1024 * 1024 / IntakeBudget.TurnBytes, begun);
        for (var frame = 1; frame < IntakeBudget.TurnBytes / Large; frame++)
        {
            foreach (var host in hosts[..begun])
            {
                Assert.True(budget.TakeAsync(host, Large, Cancel).AsTask().IsCompleted);
            }
        }

        Assert.DoesNotContain(hosts, budget.IsInTurn);
        Assert.Equal(begun, asking.Count(taken => taken.IsCompleted));
    }

    [Fact]
    public async Task Turns_of_hosts_that_send_less_give_their_room_to_the_next_when_they_end()
    {
        var budget = new IntakeBudget(maxCount: 10_000, maxBytes: 16 * 1024 * 1024);
        var hosts = Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()).ToList();
        var asking = hosts.Select(host => budget.TakeAsync(host, Large, Cancel).AsTask()).ToList();
        for (var host = 0; host < hosts.Count; host++)
        {
            await asking[host];
            budget.Release(Large);
            budget.EndTurn(hosts[host]);
        }

        Assert.Equal((0, 0L), (budget.Count, budget.Bytes));
        await TakeAsync(budget, 14 * 1024 * 1024 / Large, Large);
    }

    [Fact]
    public async Task What_a_host_waited_for_in_its_turn_begins_no_other_one()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 16 * Large);
        await budget.TakeAsync(first, Large, Cancel);
        var goesOn = budget.TakeAsync(first, Large, Cancel).AsTask();
        var next = budget.TakeAsync(second, Large, Cancel).AsTask();
        budget.EndTurn(first);
        budget.Release(Large);
        await goesOn;
        Assert.False(budget.IsInTurn(first));

        budget.Release(Large);
        await next;
        Assert.True(budget.IsInTurn(second));
    }

    [Fact]
    public void One_turn_is_always_possible_however_little_may_be_taken_in()
    {
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 4 * Large);
        Assert.True(budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask().IsCompleted);
        var second = budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask();
        Assert.False(second.IsCompleted);
    }

    /// <summary>As many events, of a host each whose turn is over.</summary>
    private static async Task TakeAsync(IntakeBudget budget, int events, int bytes)
    {
        for (var index = 0; index < events; index++)
        {
            var host = Guid.NewGuid();
            await budget.TakeAsync(host, bytes, Cancel);
            budget.EndTurn(host);
        }
    }
}
