using Microsoft.Extensions.Time.Testing;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class IntakeBudgetTests
{
    private const int Small = 512;
    private const int Large = 32 * 1024;

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_over_the_budget_waits_in_the_order_of_asking()
    {
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 16 * Large, _time);
        await TakeAsync(budget, 12, Large);
        var first = budget.TakeAsync(Guid.NewGuid(), 3 * Large, Cancel).AsTask();
        var second = budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted);

        budget.Release(Large);
        budget.Release(Large);
        await Task.WhenAll(first, second);
        Assert.Equal((12, 14L * Large), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task One_event_is_always_taken_in_however_large()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: Large, _time);
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
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 16 * Large, _time);
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
        var budget = new IntakeBudget(maxCount: 16, maxBytes: 16 * Large, _time);
        var small = Enumerable.Range(0, 100).Select(_ => budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask()).ToList();
        Assert.Equal(14, small.Count(taken => taken.IsCompleted));
        await TakeAsync(budget, 2, Large);
        Assert.Equal(16, budget.Count);
        Assert.False(budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Small_events_do_not_keep_bulk_from_beginning()
    {
        var budget = new IntakeBudget(maxCount: 10_000, maxBytes: 16 * Large, _time);
        for (var host = 0; host < 32; host++)
        {
            var slow = Guid.NewGuid();
            await budget.TakeAsync(slow, Large, Cancel);
            budget.Release(Large);
        }

        await TakeAsync(budget, 500, Small);
        Assert.True(budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 16 * Large, _time);
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
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 16 * Large, _time);
        await TakeAsync(budget, 2, Small);
        var third = budget.TakeAsync(Guid.NewGuid(), Small, Cancel).AsTask();
        Assert.False(third.IsCompleted);
        budget.Release(Small);
        await third;
    }

    [Fact]
    public async Task A_host_that_was_let_in_goes_on_before_the_next_one_begins_until_its_turn_ends()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 16 * Large, _time);
        await budget.TakeAsync(Guid.NewGuid(), Large, Cancel);
        var begins = budget.TakeAsync(first, Large, Cancel).AsTask();
        var next = budget.TakeAsync(second, Large, Cancel).AsTask();

        budget.Release(Large);
        await begins;
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
    public async Task A_turn_ends_when_its_host_has_had_its_share()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var budget = new IntakeBudget(maxCount: 1, maxBytes: 1 << 20, _time);
        await budget.TakeAsync(Guid.NewGuid(), Large, Cancel);
        var begins = budget.TakeAsync(first, IntakeBudget.TurnBytes, Cancel).AsTask();
        var next = budget.TakeAsync(second, Large, Cancel).AsTask();
        budget.Release(Large);
        await begins;

        var again = budget.TakeAsync(first, Large, Cancel).AsTask();
        budget.Release(IntakeBudget.TurnBytes);
        await next;
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task Turns_are_limited_while_their_hosts_go_on_and_those_that_are_silent_give_way()
    {
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 1_000 * Large, _time);
        var hosts = Enumerable.Range(0, 34).Select(_ => Guid.NewGuid()).ToList();
        var asking = hosts.Select(host => budget.TakeAsync(host, 2 * Large, Cancel).AsTask()).ToList();
        Assert.Equal(hosts[..32], hosts.Where(budget.ExpectsMoreOf));
        Assert.Equal(32, asking.Count(taken => taken.IsCompleted));

        for (var step = 0; step < 6; step++)
        {
            await budget.TakeAsync(hosts[1], 9_000, Cancel);
            Assert.True(budget.Look());
            Assert.False(asking[32].IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(9));
        }

        Assert.False(budget.Look());
        await Task.WhenAll(asking);
    }

    [Fact]
    public async Task When_nobody_goes_on_another_may_begin()
    {
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 1_000 * Large, _time);
        var asking = Enumerable.Range(0, 33).Select(_ => budget.TakeAsync(Guid.NewGuid(), 2 * Large, Cancel).AsTask()).ToList();
        Assert.True(budget.Look());
        _time.Advance(IntakeBudget.Lull);
        Assert.False(budget.Look());
        await Task.WhenAll(asking);
    }

    [Fact]
    public async Task While_little_bulk_is_in_the_pipeline_turns_are_not_limited()
    {
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 1_000 * Large, _time);
        for (var host = 0; host < 100; host++)
        {
            var taken = budget.TakeAsync(Guid.NewGuid(), Large, Cancel);
            Assert.True(taken.IsCompleted);
            await taken;
            budget.Release(Large);
        }
    }

    [Fact]
    public async Task More_is_expected_of_hosts_in_their_turn_while_many_are_in_use()
    {
        var budget = new IntakeBudget(maxCount: 1_000, maxBytes: 1_000 * Large, _time);
        var hosts = Enumerable.Range(0, 8).Select(_ => Guid.NewGuid()).ToList();
        foreach (var host in hosts)
        {
            Assert.DoesNotContain(hosts, budget.ExpectsMoreOf);
            await budget.TakeAsync(host, Large, Cancel);
        }

        Assert.All(hosts, host => Assert.True(budget.ExpectsMoreOf(host)));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await budget.TakeAsync(hosts[0], Large, Cancel);
        Assert.DoesNotContain(hosts, budget.ExpectsMoreOf);
    }

    [Fact]
    public async Task Hosts_that_say_nothing_in_their_turn_keep_nobody_out()
    {
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 16 * Large, _time);
        await budget.TakeAsync(Guid.NewGuid(), 16 * Large, Cancel);
        var asking = Enumerable.Range(0, 50).Select(_ => budget.TakeAsync(Guid.NewGuid(), Large, Cancel).AsTask()).ToList();
        budget.Release(16 * Large);
        for (var admitted = 0; admitted < asking.Count; admitted++)
        {
            await asking[admitted];
            budget.Release(Large);
        }

        Assert.Equal((0, 0L), (budget.Count, budget.Bytes));
    }

    /// <summary>As many events, each of a host that begins no turn that lasts.</summary>
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
