using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

/// <summary>In which order events are taken, and how many.</summary>
public sealed class EventQueueTests : EventQueueTest
{
    [Fact]
    public async Task A_small_event_is_in_the_next_group_however_much_output_of_others_waits()
    {
        for (var index = 0; index < 1_000; index++)
        {
            await SubmitBulkAsync(Output(NewKey(), 0, Large));
        }

        var key = NewKey();
        await SubmitAsync(End(key, 0));
        var group = Fill();
        Assert.Equal(key, group[0].Key);
        Assert.InRange(group.Count, 2, EventGroup.MaxEvents);
    }

    [Fact]
    public async Task While_small_events_wait_bulk_has_its_half_of_each_group()
    {
        for (var index = 0; index < 3_000; index++)
        {
            await SubmitAsync(End(NewKey(), 0));
        }

        await SubmitBulkAsync(Output(NewKey(), 0, Large));
        var group = Fill();
        Assert.Equal(EventGroup.MaxEvents, group.Count);
        Assert.Single(group, queued => queued.Event is AttemptOutput);
    }

    [Fact]
    public async Task An_end_that_seals_output_of_its_own_group_does_not_count_it_twice()
    {
        const int Frames = 60;
        var key = NewKey();
        for (var frame = 0; frame < 16; frame++)
        {
            await SubmitAsync(Output(key, frame * Large, Large));
        }

        await SubmitAsync(End(key, 16 * Large));
        for (var frame = 16; frame < Frames; frame++)
        {
            await SubmitBulkAsync(Output(NewKey(), 0, Large));
        }

        Assert.Equal(Frames + 1, Fill().Count);
    }

    [Fact]
    public async Task An_end_that_seals_what_is_stored_brings_all_of_it()
    {
        for (var index = 0; index < 6; index++)
        {
            await SubmitAsync(End(NewKey(), 1 << 19));
        }

        Assert.Equal(3, Fill().Count);
    }

    [Fact]
    public async Task An_end_that_is_itself_larger_than_half_a_group_is_taken()
    {
        var key = NewKey();
        await SubmitAsync(End(key, 1 << 20) with { Details = [.. Enumerable.Repeat(CodedMessage.Of("x"), 1_000)] });
        Assert.Equal(key, Assert.Single(Fill()).Key);
    }

    [Fact]
    public async Task Ends_that_seal_much_leave_bulk_its_half_as_well()
    {
        for (var index = 0; index < 100; index++)
        {
            await SubmitAsync(End(NewKey(), index % 3 == 0 ? 0 : 1 << 20) with { StderrBytes = 1L << 40 });
            await SubmitBulkAsync(Output(NewKey(), 0, Large));
        }

        var group = Fill();
        Assert.InRange(group.Count(queued => queued.Event is AttemptFinished), 1, 2);
        Assert.InRange(group.Count(queued => queued.Event is AttemptOutput), 30, 100);
    }

    [Fact]
    public async Task A_group_ends_between_attempts_and_not_within_one()
    {
        var keys = Enumerable.Range(0, 30).Select(_ => NewKey()).ToList();
        foreach (var key in keys)
        {
            for (var frame = 0; frame < 7; frame++)
            {
                await SubmitBulkAsync(Output(key, frame * Large, Large));
            }

            await SubmitAsync(End(key, 7 * Large));
        }

        var taken = 0;
        while (Fill() is { Count: > 0 } group)
        {
            Assert.All(group.CountBy(queued => queued.Key), attempt => Assert.Equal(8, attempt.Value));
            Assert.InRange(group.Sum(queued => (long)queued.HeldBytes), 1, EventGroup.MaxBytes);
            taken += group.Count;
        }

        Assert.Equal(30 * 8, taken);
    }

    [Fact]
    public async Task Output_of_one_attempt_that_is_more_than_a_group_is_spread_over_several()
    {
        var key = NewKey();
        for (var frame = 0; frame < 300; frame++)
        {
            await SubmitBulkAsync(Output(key, frame * Large, Large));
        }

        Assert.Equal([63, 63, 63, 63, 48], Enumerable.Range(0, 5).Select(_ => Fill().Count));
    }

    [Fact]
    public async Task The_oldest_that_is_left_is_told_in_whichever_lane_it_is()
    {
        // An attempt of more than a group, among small events of others.
        var key = NewKey();
        HashSet<long> arrived = [];
        for (var index = 0; index < 2 * EventGroup.MaxEvents; index++)
        {
            arrived.Add(Time.GetTimestamp());
            await SubmitAsync(index % 20 == 0 ? Output(key, index / 20 * Large, Large) : End(NewKey(), 0));
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Time.Advance(EventQueue.Patience);
        while (arrived.Count > 0)
        {
            var taken = Fill();
            Assert.NotEmpty(taken);
            arrived.ExceptWith(taken.Select(queued => queued.Arrived));
            Assert.Equal(arrived.Min(timestamp => (long?)timestamp), Queue.OldestLeft);
        }
    }

    [Fact]
    public async Task Whoever_waits_is_told_as_long_as_something_is_there()
    {
        var cancel = TestContext.Current.CancellationToken;
        var early = Queue.WaitAsync(cancel);
        Assert.False(early.IsCompleted);
        await SubmitAsync(End(NewKey(), 0));
        await early;
        await Queue.WaitAsync(cancel);

        Assert.Single(Fill());
        Assert.False(Queue.WaitAsync(cancel).IsCompleted);
    }

    /// <summary>Against the simplest model: what was said of each attempt, in order.</summary>
    [Fact]
    public async Task Nothing_is_lost_or_repeated_and_each_attempt_keeps_its_order()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var keys = Enumerable.Range(0, random.Next(1, 30)).Select(_ => NewKey()).ToList();
            var said = keys.ToDictionary(key => key, _ => new List<AttemptEvent>());
            var taken = keys.ToDictionary(key => key, _ => new List<AttemptEvent>());
            var ended = new HashSet<AttemptKey>();
            var waiting = 0;
            for (var step = 0; step < 400 || waiting > 0; step++)
            {
                Assert.True(step < 600, $"Seed {seed}: {waiting} wait and are never taken.");
                Time.Advance(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 10 : 1));
                if (step < 400 && random.Next(40) > 0)
                {
                    var key = keys[random.Next(keys.Count)];
                    if (ended.Contains(key))
                    {
                        continue;
                    }

                    AttemptEvent next = random.Next(10) == 0 && ended.Add(key) ? End(key, 0) : Output(key, said[key].Count, random.Next(3) == 0 ? Large : random.Next(1, 2 * 8_192));
                    said[key].Add(next);
                    await SubmitAsync(next);
                    waiting++;
                    continue;
                }

                var group = Fill();
                Assert.True(group.Count > 0 || waiting == 0 || Queue.ReadyIn is not null, $"Seed {seed}: {waiting} wait and none is taken.");
                waiting -= group.Count;
                foreach (var queued in group)
                {
                    taken[queued.Key].Add(queued.Event);
                    Queue.Done(queued);
                }
            }

            Assert.All(keys, key => Assert.Equal(said[key], taken[key]));
        }
    }
}
