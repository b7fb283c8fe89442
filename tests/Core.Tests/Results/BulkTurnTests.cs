using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

/// <summary>How long bulk waits in the queue, and when its turn ends.</summary>
public sealed class BulkTurnTests : EventQueueTest
{
    [Fact]
    public async Task Output_of_the_same_attempt_that_several_hosts_claim_to_have_leaves_no_turn_behind()
    {
        var budget = new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2);
        var queue = new EventQueue(budget, Time);
        var key = NewKey();
        for (var host = 0; host < 5; host++)
        {
            await queue.SubmitAsync(Output(key, 0, Large) with { HostId = Guid.NewGuid() }, TestContext.Current.CancellationToken);
        }

        Time.Advance(EventQueue.Patience);
        var group = new EventGroup(Limits);
        queue.Fill(group, _ => false);
        Assert.Equal((5, 0L), (group.Events.Count, budget.SetAside));
    }

    [Fact]
    public async Task Output_from_its_start_waits_for_its_end()
    {
        var (key, other) = (NewKey(), NewKey());
        await SubmitAsync(Output(key, 0, Large));
        await SubmitAsync(Output(other, 0, Large));
        Assert.Empty(Fill());
        Assert.Equal(EventQueue.Patience, Queue.ReadyIn);

        await SubmitAsync(Output(key, Large, Large));
        await SubmitAsync(End(NewKey(), 0));
        Assert.IsType<AttemptFinished>(Assert.Single(Fill()).Event);

        await SubmitAsync(End(key, 2 * Large));
        Assert.Equal([key, key, key], Fill().Select(queued => queued.Key));
    }

    [Fact]
    public async Task It_waits_no_longer_than_a_moment_whatever_its_host_goes_on_to_say()
    {
        var key = NewKey();
        await SubmitAsync(Output(key, 0, Large));
        Time.Advance(EventQueue.Patience - TimeSpan.FromMilliseconds(1));
        await SubmitAsync(Output(key, Large, Large));
        Assert.Empty(Fill());
        Assert.Equal(TimeSpan.FromMilliseconds(1), Queue.ReadyIn);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Fill().Count);
        Assert.Null(Queue.ReadyIn);
    }

    [Fact]
    public async Task It_waits_no_longer_when_its_host_has_sent_all_that_it_may()
    {
        var key = NewKey();
        for (var frame = 0; frame < IntakeBudget.TurnBytes / Large; frame++)
        {
            Assert.Empty(Fill());
            await SubmitAsync(Output(key, frame * Large, Large));
        }

        Assert.Equal(IntakeBudget.TurnBytes / Large, Fill().Count);
    }

    [Fact]
    public async Task What_was_taken_before_its_end_and_what_goes_on_is_taken_as_it_comes()
    {
        var key = NewKey();
        await SubmitAsync(Output(key, 0, Large));
        Time.Advance(EventQueue.Patience);
        Assert.Single(Fill());
        await SubmitAsync(Output(key, Large, Large));
        Assert.Single(Fill());
        await SubmitAsync(Output(NewKey(), Large, Large));
        Assert.Single(Fill());
    }

    [Fact]
    public async Task Its_turn_ends_when_it_is_taken_and_when_it_has_ended()
    {
        var budget = new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2);
        var queue = new EventQueue(budget, Time);
        var (taken, ended) = (NewKey(), NewKey());
        await queue.SubmitAsync(Output(taken, 0, Large), TestContext.Current.CancellationToken);
        await queue.SubmitAsync(Output(ended, 0, Large), TestContext.Current.CancellationToken);
        Assert.True(budget.IsInTurn(SenderOf(taken)) && budget.IsInTurn(SenderOf(ended)));
        await queue.SubmitAsync(End(ended, Large), TestContext.Current.CancellationToken);
        Assert.False(budget.IsInTurn(SenderOf(ended)));

        Time.Advance(EventQueue.Patience);
        queue.Fill(new EventGroup(Limits), _ => false);
        Assert.False(budget.IsInTurn(SenderOf(taken)));
    }
}
