using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class IntakeBudgetTests
{
    private const int Small = 512;
    private const int Large = 32 * 1024;

    /// <summary>At the same time, of 16 MiB.</summary>
    private const int Turns = 14 * 1024 * 1024 / IntakeBudget.TurnBytes;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_over_the_budget_waits_in_the_order_of_asking()
    {
        var budget = new IntakeBudget(maxCount: 100, maxBytes: 16 * Large);
        await TakeAsync(budget, 12, Large);
        var first = budget.TakeAsync(NewSender(), 3 * Large, Cancel).AsTask();
        var second = budget.TakeAsync(NewSender(), Large, Cancel).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted);

        budget.Release(Large);
        budget.Release(Large);
        await Task.WhenAll(first, second);
        Assert.Equal((12, 14L * Large), (budget.Count, budget.Bytes));
    }

    [Fact]
    public async Task One_event_is_always_taken_in_however_large()
    {
        var budget = new IntakeBudget(maxCount: 10, maxBytes: Large);
        await budget.TakeAsync(NewSender(), 10 * Large, Cancel);
        var next = budget.TakeAsync(NewSender(), Small, Cancel).AsTask();
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
        var bulk = budget.TakeAsync(NewSender(), Large, Cancel).AsTask();
        Assert.False(bulk.IsCompleted);

        // An eighth is theirs.
        await TakeAsync(budget, 2 * Large / Small, Small);
        Assert.False(budget.TakeAsync(NewSender(), Small, Cancel).AsTask().IsCompleted);
        Assert.False(bulk.IsCompleted);
        Assert.Equal(16L * Large, budget.Bytes);
    }

    [Fact]
    public async Task Bulk_finds_room_however_many_small_events_wait()
    {
        var budget = new IntakeBudget(maxCount: 16, maxBytes: 16 * Large);
        var small = Enumerable.Range(0, 100).Select(_ => budget.TakeAsync(NewSender(), Small, Cancel).AsTask()).ToList();
        Assert.Equal(14, small.Count(taken => taken.IsCompleted));
        await TakeAsync(budget, 2, Large);
        Assert.Equal(16, budget.Count);
        Assert.False(budget.TakeAsync(NewSender(), Large, Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        var budget = new IntakeBudget(maxCount: 2, maxBytes: 16 * Large);
        await budget.TakeAsync(NewSender(), 10 * Large, Cancel);
        using var patience = new CancellationTokenSource();
        var large = budget.TakeAsync(NewSender(), 5 * Large, patience.Token).AsTask();
        var fits = budget.TakeAsync(NewSender(), 4 * Large, Cancel).AsTask();
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
        var third = budget.TakeAsync(NewSender(), Small, Cancel).AsTask();
        Assert.False(third.IsCompleted);
        budget.Release(Small);
        await third;
    }

    [Fact]
    public async Task A_host_that_begins_goes_on_before_all_other_bulk_until_its_turn_ends()
    {
        var (first, second) = (NewSender(), NewSender());
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
        var (first, second) = (NewSender(), NewSender());
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
        var hosts = Enumerable.Range(0, 100).Select(_ => NewSender()).ToList();
        var asking = hosts.Select(host => budget.TakeAsync(host, Large, Cancel).AsTask()).ToList();
        var begun = asking.Count(taken => taken.IsCompleted);
        Assert.Equal(Turns, begun);
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
    public async Task Turns_of_those_that_send_less_give_their_room_to_the_next_when_they_end()
    {
        var budget = new IntakeBudget(maxCount: 10_000, maxBytes: 16 * 1024 * 1024);
        var hosts = Enumerable.Range(0, 100).Select(_ => NewSender()).ToList();
        var asking = hosts.Select(host => budget.TakeAsync(host, Large, Cancel).AsTask()).ToList();
        for (var ended = 0; ended < 40; ended++)
        {
            await Task.WhenAll(asking[..(Turns + ended)]);
            Assert.False(asking[Turns + ended].IsCompleted);
            budget.Release(Large);
            budget.EndTurn(hosts[ended]);
        }

        await Task.WhenAll(asking[..(Turns + 40)]);
    }

    [Fact]
    public async Task What_a_host_waited_for_in_its_turn_begins_no_other_one()
    {
        var (first, second) = (NewSender(), NewSender());
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
    public void While_little_bulk_is_in_the_pipeline_another_one_begins_whatever_is_set_aside()
    {
        const int Little = 10_000;
        var budget = new IntakeBudget(maxCount: 10_000, maxBytes: 16 * 1024 * 1024);
        var asking = Enumerable.Range(0, 200).Select(_ => budget.TakeAsync(NewSender(), Little, Cancel).AsTask()).ToList();
        Assert.Equal((IntakeBudget.LittleBytes / Little) + 1, asking.Count(taken => taken.IsCompleted));
    }

    [Fact]
    public async Task Nothing_stays_set_aside_whatever_came_went_and_ended()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var budget = new IntakeBudget(maxCount: 200, maxBytes: 4 * 1024 * 1024);
            var senders = Enumerable.Range(0, random.Next(1, 40)).Select(_ => NewSender()).ToList();
            var taken = new Queue<(int Bytes, Task Task)>();
            for (var step = 0; step < 300; step++)
            {
                var sender = senders[random.Next(senders.Count)];
                if (random.Next(3) == 0)
                {
                    budget.EndTurn(sender);
                }
                else if (taken.TryPeek(out var first) && first.Task.IsCompleted && random.Next(2) == 0)
                {
                    budget.Release(taken.Dequeue().Bytes);
                }
                else
                {
                    var bytes = random.Next(1, 2 * Large);
                    taken.Enqueue((bytes, TakenAsync(budget, sender, bytes)));
                }

                Assert.InRange(budget.Bytes, 0, 4 * 1024 * 1024);
            }

            var left = taken.ToList();
            while (left.Count > 0)
            {
                senders.ForEach(budget.EndTurn);
                var next = await Task.WhenAny(left.Select(entry => entry.Task)).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
                var index = left.FindIndex(entry => entry.Task == next);
                budget.Release(left[index].Bytes);
                left.RemoveAt(index);
            }

            senders.ForEach(budget.EndTurn);
            Assert.Equal((0, 0L, 0L), (budget.Count, budget.Bytes, budget.SetAside));
        }
    }

    private static async Task TakenAsync(IntakeBudget budget, Sender sender, int bytes) => await budget.TakeAsync(sender, bytes, Cancel);

    private static Sender NewSender() => new(Guid.NewGuid(), new AttemptKey(Guid.NewGuid(), 1));

    /// <summary>As many events, each of an attempt whose turn is over.</summary>
    private static async Task TakeAsync(IntakeBudget budget, int events, int bytes)
    {
        for (var index = 0; index < events; index++)
        {
            var host = NewSender();
            await budget.TakeAsync(host, bytes, Cancel);
            budget.EndTurn(host);
        }
    }
}
