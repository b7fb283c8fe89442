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

    public EventQueueTests() => _queue = new EventQueue(new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2, _time), _time);

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
        _time.Advance(TimeSpan.FromMilliseconds(20));
        var group = Fill();
        Assert.Equal(EventGroup.MaxEvents, group.Count);
        Assert.Single(group, queued => queued.Event is AttemptOutput);
    }

    [Fact]
    public async Task An_end_that_seals_output_of_its_own_group_does_not_count_it_twice()
    {
        const int Frames = 120;
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

        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(Frames + 1, Fill().Count);
    }

    [Fact]
    public async Task An_end_that_seals_what_is_stored_brings_all_of_it()
    {
        for (var index = 0; index < 6; index++)
        {
            await SubmitAsync(End(NewKey(), 1 << 20));
        }

        Assert.Equal(3, Fill().Count);
    }

    [Fact]
    public async Task Ends_that_seal_much_leave_bulk_its_half_as_well()
    {
        for (var index = 0; index < 100; index++)
        {
            await SubmitAsync(End(NewKey(), 1 << 20));
            await SubmitBulkAsync(Output(NewKey(), 0, Large));
        }

        var group = Fill();
        Assert.InRange(group.Count(queued => queued.Event is AttemptFinished), 1, 2);
        Assert.InRange(group.Count(queued => queued.Event is AttemptOutput), 30, 100);
    }

    [Fact]
    public async Task While_many_hosts_send_bulk_what_begins_waits_for_its_end()
    {
        var keys = await ManyBeginAsync();
        Assert.Empty(Fill());
        Assert.Equal(TimeSpan.FromMilliseconds(10), _queue.ReadyIn);

        await SubmitAsync(Output(keys[0], Large, Large));
        await SubmitAsync(End(NewKey(), 0));
        Assert.IsType<AttemptFinished>(Assert.Single(Fill()).Event);

        await SubmitAsync(End(keys[0], 2 * Large));
        Assert.Equal([keys[0], keys[0], keys[0]], Fill().Select(queued => queued.Key));
    }

    [Fact]
    public async Task It_waits_no_longer_when_nobody_goes_on_or_its_host_has_had_its_turn_or_a_moment_has_passed()
    {
        var keys = await ManyBeginAsync();
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(keys, Fill().Select(queued => queued.Key));
        Assert.Null(_queue.ReadyIn);

        keys = await ManyBeginAsync();
        await SubmitAsync(Output(keys[3], Large, IntakeBudget.TurnBytes));
        Assert.Equal([keys[3], keys[3]], Fill().Select(queued => queued.Key));

        for (var frame = 1; frame <= 11; frame++)
        {
            Assert.Empty(Fill());
            _time.Advance(TimeSpan.FromMilliseconds(9.5));
            foreach (var key in keys.Where(key => key != keys[3]))
            {
                await SubmitAsync(Output(key, frame, 9_000));
            }
        }

        Assert.Equal(keys.Where(key => key != keys[3]), Fill().Select(queued => queued.Key).Distinct());
    }

    [Fact]
    public async Task What_goes_on_is_taken_as_it_comes_and_so_is_the_bulk_of_few()
    {
        await SubmitAsync(Output(NewKey(), 0, Large));
        Assert.Single(Fill());
        await ManyBeginAsync();
        await SubmitAsync(Output(NewKey(), Large, Large));
        Assert.Equal(Large, ((AttemptOutput)Assert.Single(Fill()).Event).Offset);
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

        Assert.Equal([126, 126, 48], new[] { Fill().Count, Fill().Count, Fill().Count });
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

    /// <summary>Ten hosts, each in its turn with the first of an output.</summary>
    private async Task<List<AttemptKey>> ManyBeginAsync()
    {
        var keys = Enumerable.Range(0, 10).Select(_ => NewKey()).ToList();
        foreach (var key in keys)
        {
            await SubmitAsync(Output(key, 0, Large));
        }

        return keys;
    }

    /// <summary>Of a host whose turn another one may have at once.</summary>
    private async Task SubmitBulkAsync(AttemptEvent attemptEvent)
    {
        await SubmitAsync(attemptEvent);
        _time.Advance(TimeSpan.FromMilliseconds(10));
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
