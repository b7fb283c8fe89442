using CsCheck;
using Google.Protobuf;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Delivery;

public sealed class OutboxTests
{
    private static readonly AttemptKey Attempt = new(Guid.CreateVersion7(), 1);
    private readonly Outbox _outbox = new(maxExecutes: 4, new ExecuteBudget(long.MaxValue));

    [Fact]
    public void Acknowledgements_of_one_stream_become_the_latest()
    {
        for (var offset = 1; offset <= 10_000; offset++)
        {
            _outbox.Acknowledge(Attempt, OutputStream.Stdout, offset);
        }

        _outbox.Acknowledge(Attempt, OutputStream.Stderr, 5);
        Assert.Equal([(Wire.OutputStream.Stdout, 10_000), (Wire.OutputStream.Stderr, 5)], Take().Select(m => (m.Acknowledge.Output.Stream, m.Acknowledge.Output.Offset)));
        Assert.Empty(Take());
    }

    [Fact]
    public void Acknowledgements_are_not_lost_while_the_queue_is_full()
    {
        while (_outbox.TryExecute([new Wire.HubMessage()]))
        {
        }

        _outbox.Acknowledge(Attempt, OutputStream.Stdout, 7);
        _outbox.AcknowledgeEnd(new AttemptKey(Attempt.CommandHostId, 2));
        Assert.True(_outbox.TryCancel(Attempt, new Wire.HubMessage { Cancel = new Wire.Cancel() }));
        var sent = Take();
        Assert.Equal(4, sent.Count(m => m.KindCase == Wire.HubMessage.KindOneofCase.None));
        Assert.Equal(2, sent.Count(m => m.Acknowledge is not null));
        Assert.Single(sent, m => m.Cancel is not null);
    }

    [Fact]
    public void A_committed_end_silences_what_waits_about_its_output()
    {
        _outbox.Acknowledge(Attempt, OutputStream.Stdout, 7);
        _outbox.Resend(Attempt, OutputStream.Stderr, 3);
        _outbox.AcknowledgeEnd(Attempt);
        Assert.True(Assert.Single(Take()).Acknowledge.End);
    }

    [Fact]
    public void What_was_committed_meanwhile_is_not_asked_for_again()
    {
        _outbox.Resend(Attempt, OutputStream.Stdout, 100);
        _outbox.Acknowledge(Attempt, OutputStream.Stdout, 200);
        Assert.Equal(200, Assert.Single(Take()).Acknowledge.Output.Offset);

        _outbox.Acknowledge(Attempt, OutputStream.Stdout, 100);
        _outbox.Resend(Attempt, OutputStream.Stdout, 100);
        Assert.Equal([Wire.HubMessage.KindOneofCase.Acknowledge, Wire.HubMessage.KindOneofCase.Resend], Take().Select(m => m.KindCase));
    }

    [Fact]
    public void Executes_beyond_the_limit_are_not_taken_until_others_are_sent()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.True(_outbox.TryExecute([new Wire.HubMessage()]));
        }

        Assert.False(_outbox.TryExecute([new Wire.HubMessage()]));
        Take();
        Assert.True(_outbox.TryExecute([new Wire.HubMessage()]));
    }

    [Fact]
    public void Executes_are_limited_by_their_bytes_too_but_one_is_always_taken()
    {
        var large = new Wire.HubMessage { ExecutePart = new Wire.ExecutePart { Data = ByteString.CopyFrom(new byte[9 * 1024 * 1024]) } };
        Assert.True(_outbox.TryExecute([large]));
        Assert.False(_outbox.TryExecute([new Wire.HubMessage()]));
        Take();
        Assert.True(_outbox.TryExecute([new Wire.HubMessage()]));
    }

    [Fact]
    public void All_queues_together_are_limited_by_bytes_until_what_was_taken_is_sent()
    {
        var budget = new ExecuteBudget(1_000);
        Outbox slow = new(maxExecutes: 100, budget), other = new(maxExecutes: 100, budget);
        var execute = new Wire.HubMessage { ExecutePart = new Wire.ExecutePart { Data = ByteString.CopyFrom(new byte[590]) } };
        Assert.True(slow.TryExecute([execute]));
        Assert.False(other.TryExecute([execute]));
        slow.Take([], TimeProvider.System);
        Assert.False(other.TryExecute([execute]));
        slow.Sent();
        Assert.Equal(0, budget.Bytes);
        Assert.True(other.TryExecute([execute]));

        // Cancels and acknowledgements are no executes.
        slow.Acknowledge(Attempt, OutputStream.Stdout, 7);
        Assert.True(slow.TryCancel(Attempt, execute));
        other.Close();
        Assert.Equal(0, budget.Bytes);
    }

    [Fact]
    public void Large_executes_are_taken_a_few_at_a_time()
    {
        var budget = new ExecuteBudget(long.MaxValue);
        var outbox = new Outbox(maxExecutes: 100, budget);
        var large = new Wire.HubMessage { ExecutePart = new Wire.ExecutePart { Data = ByteString.CopyFrom(new byte[400_000]) } };
        for (var execute = 0; execute < 5; execute++)
        {
            Assert.True(outbox.TryExecute([large]));
        }

        List<int> batches = [];
        List<Wire.HubMessage> batch = [];
        while (batches.Sum() < 5)
        {
            outbox.Take(batch, TimeProvider.System);
            batches.Add(batch.Count);
            batch.Clear();
        }

        Assert.Equal([2, 2, 1], batches);
    }

    [Fact]
    public void The_answer_to_the_hello_comes_first_whatever_came_before_it()
    {
        _outbox.ReplyToHeartbeat(TimeSpan.FromSeconds(15));
        _outbox.TryCancel(Attempt, new Wire.HubMessage { Cancel = new Wire.Cancel() });
        _outbox.Answer([new Wire.HubMessage { Welcome = new Wire.Welcome() }]);
        Assert.Equal(Wire.HubMessage.KindOneofCase.Welcome, Take()[0].KindCase);
    }

    [Fact]
    public void Several_heartbeats_want_one_reply()
    {
        _outbox.ReplyToHeartbeat(TimeSpan.FromSeconds(15));
        _outbox.ReplyToHeartbeat(TimeSpan.FromSeconds(14.5));
        Assert.Equal(new Wire.HeartbeatReply { HubTimeMs = 0, NextHeartbeatMs = 14_500 }, Assert.Single(Take()).HeartbeatReply);
    }

    [Fact]
    public async Task Closed_it_takes_nothing_and_its_reader_ends()
    {
        _outbox.Acknowledge(Attempt, OutputStream.Stdout, 1);
        Assert.True(await _outbox.WaitAsync());
        _outbox.Close();
        Assert.False(_outbox.TryExecute([new Wire.HubMessage()]));
        Assert.False(_outbox.TryCancel(Attempt, new Wire.HubMessage()));
        _outbox.AcknowledgeEnd(Attempt);
        Assert.False(await _outbox.WaitAsync());
        Assert.Empty(Take());
    }

    [Fact]
    public async Task A_reader_that_waits_is_told_of_whatever_comes_and_waits_again_when_it_took_all()
    {
        foreach (var come in (Action[])
        [
            () => _outbox.Acknowledge(Attempt, OutputStream.Stdout, 1),
            () => _outbox.AcknowledgeEnd(Attempt),
            () => _outbox.Resend(Attempt, OutputStream.Stdout, 1),
            () => _outbox.AcknowledgeBackground(Attempt),
            () => _outbox.TryEndBackground(Attempt, new Wire.HubMessage { EndBackground = new Wire.EndBackground() }),
            () => _outbox.TryCancel(Attempt, new Wire.HubMessage { Cancel = new Wire.Cancel() }),
            () => _outbox.TryExecute([new Wire.HubMessage { Execute = new Wire.Execute() }]),
            () => _outbox.Answer([new Wire.HubMessage { Welcome = new Wire.Welcome() }]),
            () => _outbox.ReplyToHeartbeat(TimeSpan.FromSeconds(15)),
            () => _outbox.Drain(new Wire.Drain()),
        ])
        {
            var something = _outbox.WaitAsync();
            Assert.False(something.IsCompleted);
            come();
            Assert.True(await something);
            Assert.Single(Take());
        }

        var end = _outbox.WaitAsync();
        Assert.False(end.IsCompleted);
        _outbox.Close();
        Assert.False(await end);
    }

    [Fact]
    public async Task A_reader_sees_the_parts_of_every_execute_together_and_the_last_acknowledgement_of_every_stream()
    {
        var outbox = new Outbox(maxExecutes: 1_000_000, new ExecuteBudget(long.MaxValue));
        var keys = Enumerable.Range(1, 3).Select(attempt => new AttemptKey(Attempt.CommandHostId, attempt)).ToArray();
        var writers = keys.Select(key => Task.Run(() =>
        {
            for (var i = 1; i <= 2_000; i++)
            {
                outbox.Acknowledge(key, OutputStream.Stdout, i);
                Assert.True(outbox.TryExecute([Part(key, 0), Part(key, 1), Part(key, 2)]));
            }
        })).ToArray();
        List<Wire.HubMessage> sent = [];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (sent.Count(m => m.ExecutePart is not null) < 3 * 3 * 2_000)
        {
            await outbox.WaitAsync().WaitAsync(deadline.Token);
            List<Wire.HubMessage> batch = [];
            outbox.Take(batch, TimeProvider.System);
            sent.AddRange(batch);
        }

        await Task.WhenAll(writers);
        var parts = sent.Where(m => m.ExecutePart is not null).ToList();
        Assert.Equal(3 * 3 * 2_000, parts.Count);
        Assert.All(parts.Index(), part => Assert.Equal((uint)part.Index % 3, part.Item.ExecutePart.Index));
        Assert.All(parts.Chunk(3), chunk => Assert.Single(chunk.Select(m => m.ExecutePart.Key).Distinct()));
        foreach (var key in keys)
        {
            Assert.Equal(2_000, sent.Last(m => m.Acknowledge?.Key.Attempt == key.Attempt).Acknowledge.Output.Offset);
        }
    }

    private static Wire.HubMessage Part(AttemptKey key, uint index) =>
        new() { ExecutePart = new Wire.ExecutePart { Key = new Wire.AttemptKey { Attempt = (uint)key.Attempt }, Index = index } };

    private List<Wire.HubMessage> Take()
    {
        List<Wire.HubMessage> batch = [];
        _outbox.Take(batch, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch));
        return batch;
    }
}
