using Microsoft.Extensions.Time.Testing;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

public sealed class EventQueueTests
{
    private const int Large = 32 * 1024;

    private static readonly OutputOptions Limits = new();

    private readonly FakeTimeProvider _time = new();
    private readonly EventQueue _queue;

    public EventQueueTests() => _queue = new EventQueue(new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2), _time);

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
    public async Task Output_of_the_same_attempt_that_several_hosts_claim_to_have_leaves_no_turn_behind()
    {
        var budget = new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2);
        var queue = new EventQueue(budget, _time);
        var key = NewKey();
        for (var host = 0; host < 5; host++)
        {
            await queue.SubmitAsync(Output(key, 0, Large) with { HostId = Guid.NewGuid() }, TestContext.Current.CancellationToken);
        }

        _time.Advance(EventQueue.Patience);
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
        Assert.Equal(EventQueue.Patience, _queue.ReadyIn);

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
        _time.Advance(EventQueue.Patience - TimeSpan.FromMilliseconds(1));
        await SubmitAsync(Output(key, Large, Large));
        Assert.Empty(Fill());
        Assert.Equal(TimeSpan.FromMilliseconds(1), _queue.ReadyIn);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Fill().Count);
        Assert.Null(_queue.ReadyIn);
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
        _time.Advance(EventQueue.Patience);
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
        var queue = new EventQueue(budget, _time);
        var (taken, ended) = (NewKey(), NewKey());
        await queue.SubmitAsync(Output(taken, 0, Large), TestContext.Current.CancellationToken);
        await queue.SubmitAsync(Output(ended, 0, Large), TestContext.Current.CancellationToken);
        Assert.True(budget.IsInTurn(SenderOf(taken)) && budget.IsInTurn(SenderOf(ended)));
        await queue.SubmitAsync(End(ended, Large), TestContext.Current.CancellationToken);
        Assert.False(budget.IsInTurn(SenderOf(ended)));

        _time.Advance(EventQueue.Patience);
        queue.Fill(new EventGroup(Limits), _ => false);
        Assert.False(budget.IsInTurn(SenderOf(taken)));
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
    public async Task Whoever_waits_is_told_as_long_as_something_is_there()
    {
        var cancel = TestContext.Current.CancellationToken;
        var early = _queue.WaitAsync(cancel);
        Assert.False(early.IsCompleted);
        await SubmitAsync(End(NewKey(), 0));
        await early;
        await _queue.WaitAsync(cancel);

        Assert.Single(Fill());
        Assert.False(_queue.WaitAsync(cancel).IsCompleted);
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
                _time.Advance(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 10 : 1));
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
                Assert.True(group.Count > 0 || waiting == 0 || _queue.ReadyIn is not null, $"Seed {seed}: {waiting} wait and none is taken.");
                waiting -= group.Count;
                foreach (var queued in group)
                {
                    taken[queued.Key].Add(queued.Event);
                    _queue.Done(queued);
                }
            }

            Assert.All(keys, key => Assert.Equal(said[key], taken[key]));
        }
    }

    private static Sender SenderOf(AttemptKey key) => new(key.CommandHostId, key);

    private static AttemptKey NewKey() => new(Guid.NewGuid(), 1);

    private static AttemptOutput Output(AttemptKey key, long offset, int bytes) => new(key, key.CommandHostId, 1, Nobody.Instance)
    {
        Stream = OutputStream.Stdout,
        Offset = offset,
        Length = bytes,
        Order = 1,
        Content = new byte[bytes],
    };

    private static AttemptFinished End(AttemptKey key, long stdout) => new(key, key.CommandHostId, 1, Nobody.Instance)
    {
        Outcome = AttemptOutcome.Exited,
        FinishedAt = DateTimeOffset.UnixEpoch,
        StdoutBytes = stdout,
    };

    private ValueTask SubmitAsync(AttemptEvent attemptEvent) => _queue.SubmitAsync(attemptEvent, TestContext.Current.CancellationToken);

    /// <summary>Of an attempt that says nothing more in time.</summary>
    private async Task SubmitBulkAsync(AttemptEvent attemptEvent)
    {
        await SubmitAsync(attemptEvent);
        _time.Advance(EventQueue.Patience);
    }

    private List<QueuedEvent> Fill()
    {
        var group = new EventGroup(Limits);
        _queue.Fill(group, _ => false);
        return [.. group.Events];
    }

    private sealed class Nobody : IAttemptEventOrigin
    {
        public static readonly Nobody Instance = new();

        public void OutputCommitted(AttemptKey key, OutputStream stream, long offset)
        {
        }

        public void EndCommitted(AttemptKey key)
        {
        }

        public void ResendNeeded(AttemptKey key, OutputStream stream, long offset)
        {
        }

        public void Refused(AttemptKey key, string why)
        {
        }
    }
}
