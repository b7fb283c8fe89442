using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Delivery;

/// <summary>
/// What waits to be sent on one stream. Executes stand in a queue with a limit; cancels and what the store says about
/// attempts (acknowledgements, resends) are folded to their latest state per attempt and stream, so they are never
/// lost while the stream lives and never grow beyond the attempts of the host. Nothing here blocks.
/// </summary>
internal sealed class Outbox(int maxExecutes, ExecuteBudget budget)
{
    /// <summary>Bytes of executes that wait; one is always taken.</summary>
    private const int MaxQueuedBytes = 8 * 1024 * 1024;
    private const int BatchSize = 64;

    /// <summary>Bytes of executes in one batch, unless one alone has more.</summary>
    private const int MaxBatchBytes = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<(Wire.HubMessage[] Messages, int Bytes)> _queue = [];
    private readonly Dictionary<(AttemptKey Key, OutputStream Stream), StreamWord> _streams = [];
    private readonly HashSet<AttemptKey> _ends = [];
    private readonly Dictionary<AttemptKey, Wire.HubMessage> _cancels = [];
    private readonly List<Wire.HubMessage> _probes = [];
    private readonly Dictionary<AttemptKey, Wire.HubMessage> _backgroundEnds = [];

    /// <summary>Attempts whose BackgroundEnded is to be acknowledged.</summary>
    private readonly HashSet<AttemptKey> _backgrounds = [];
    private int _queuedBytes;
    private int _takenBytes;

    /// <summary>Of the heartbeat that waits for its reply: when the next is wanted.</summary>
    private TimeSpan? _nextHeartbeat;
    private Wire.HubMessage? _drain;
    private bool _waitsForAnswer;
    private bool _closed;

    /// <summary>Of the writer, while there is nothing to send.</summary>
    private TaskCompletionSource<bool>? _idle;

    /// <summary>Holds back everything but probes until <see cref="Open"/>: nothing is said before the answer to the hello.</summary>
    public void HoldUntilOpen()
    {
        lock (_gate)
        {
            _waitsForAnswer = true;
        }
    }

    /// <summary>The hello is answered next: what waits follows it.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _waitsForAnswer = false;
            Signal();
        }
    }

    /// <summary>A probe goes ahead of everything that waits.</summary>
    public void Probe(Wire.HubMessage probe)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _probes.Add(probe);
                Signal();
            }
        }
    }

    /// <summary>Queues the messages of one dispatch, sent one directly after the other. False: full (this queue, or all of them together), or closed.</summary>
    public bool TryExecute(Wire.HubMessage[] messages) => Enqueue(messages, limited: true);

    /// <summary>A cancel of an attempt; one that comes before its Execute makes a tombstone, so their order does not matter. False: closed.</summary>
    public bool TryCancel(AttemptKey key, Wire.HubMessage cancel) => TryPut(_cancels, key, cancel);

    /// <summary>The end of what an attempt left in the background. False: closed.</summary>
    public bool TryEndBackground(AttemptKey key, Wire.HubMessage end) => TryPut(_backgroundEnds, key, end);

    /// <summary>Queues what a hello is answered with, but for executes; its amount was bounded by who made it.</summary>
    public void Answer(Wire.HubMessage[] messages) => Enqueue(messages, limited: false);

    /// <summary>Output of this stream is committed up to <paramref name="offset"/>.</summary>
    public void Acknowledge(AttemptKey key, OutputStream stream, long offset) => Fold(key, stream, word => word with
    {
        Acknowledged = Math.Max(word.Acknowledged ?? offset, offset),
        // Output that is committed meanwhile need not be sent again.
        ResendFrom = word.ResendFrom < offset ? null : word.ResendFrom,
    });

    /// <summary>Bytes from <paramref name="offset"/> on are missing; the latest word holds.</summary>
    public void Resend(AttemptKey key, OutputStream stream, long offset) => Fold(key, stream, word => word with { ResendFrom = offset });

    /// <summary>The end is committed: whatever waits to be said about its output no longer matters.</summary>
    public void AcknowledgeEnd(AttemptKey key)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _streams.Remove((key, OutputStream.Stdout));
            _streams.Remove((key, OutputStream.Stderr));
            _ends.Add(key);
            Signal();
        }
    }

    /// <summary>That what an attempt left in the background has ended is committed.</summary>
    public void AcknowledgeBackground(AttemptKey key)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _backgrounds.Add(key);
            Signal();
        }
    }

    /// <summary>A heartbeat wants its reply; several want one. Asks for the next so long after it.</summary>
    public void ReplyToHeartbeat(TimeSpan next)
    {
        lock (_gate)
        {
            _nextHeartbeat = next;
            Signal();
        }
    }

    /// <summary>Tells the agent that the session ends soon.</summary>
    public void Drain(Wire.Drain drain)
    {
        lock (_gate)
        {
            _drain = new Wire.HubMessage { Drain = drain };
            Signal();
        }
    }

    /// <summary>Takes nothing more; what waits is dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            budget.Release(_queuedBytes + _takenBytes);
            _queuedBytes = _takenBytes = 0;
            _queue.Clear();
            _cancels.Clear();
            _backgroundEnds.Clear();
            _streams.Clear();
            _ends.Clear();
            _probes.Clear();
            _backgrounds.Clear();
            Signal();
        }
    }

    /// <summary>Completes when something waits; of one reader. False: closed.</summary>
    public Task<bool> WaitAsync()
    {
        lock (_gate)
        {
            if (_closed || HasSomething)
            {
                return Task.FromResult(!_closed);
            }

            _idle = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>What was taken has been sent.</summary>
    public void Sent()
    {
        lock (_gate)
        {
            budget.Release(_takenBytes);
            _takenBytes = 0;
        }
    }

    /// <summary>Moves what waits into <paramref name="batch"/>, in the order in which it is to be sent. <see cref="Sent"/> follows.</summary>
    public void Take(List<Wire.HubMessage> batch, TimeProvider time)
    {
        lock (_gate)
        {
            budget.Release(_takenBytes);
            _takenBytes = 0;

            batch.AddRange(_probes);
            _probes.Clear();
            if (_waitsForAnswer)
            {
                return;
            }

            // The queue comes next: its first message is the answer to the hello, before which nothing may be sent.
            while (batch.Count < BatchSize && _queue.TryPeek(out var next) && (batch.Count == 0 || _takenBytes + next.Bytes <= MaxBatchBytes))
            {
                _queue.Dequeue();
                batch.AddRange(next.Messages);
                _queuedBytes -= next.Bytes;
                _takenBytes += next.Bytes;
            }

            batch.AddRange(_cancels.Values);
            batch.AddRange(_backgroundEnds.Values);
            foreach (var ((key, stream), word) in _streams)
            {
                word.AddTo(batch, key, stream);
            }

            foreach (var key in _ends)
            {
                batch.Add(new Wire.HubMessage { Acknowledge = new Wire.Acknowledge { Key = Ids.ToWire(key), End = true } });
            }

            foreach (var key in _backgrounds)
            {
                batch.Add(new Wire.HubMessage { Acknowledge = new Wire.Acknowledge { Key = Ids.ToWire(key), Background = true } });
            }

            if (_nextHeartbeat is { } heartbeat)
            {
                batch.Add(new Wire.HubMessage
                {
                    HeartbeatReply = new Wire.HeartbeatReply { HubTimeMs = time.GetUtcNow().ToUnixTimeMilliseconds(), NextHeartbeatMs = (int)heartbeat.TotalMilliseconds },
                });
            }

            if (_drain is not null)
            {
                batch.Add(_drain);
            }

            _cancels.Clear();
            _backgroundEnds.Clear();
            _streams.Clear();
            _ends.Clear();
            _backgrounds.Clear();
            _nextHeartbeat = null;
            _drain = null;
        }
    }

    private bool Enqueue(Wire.HubMessage[] messages, bool limited)
    {
        var bytes = limited ? messages.Sum(message => message.CalculateSize()) : 0;
        lock (_gate)
        {
            if (_closed || (limited && (_queue.Count >= maxExecutes || (_queuedBytes > 0 && _queuedBytes + bytes > MaxQueuedBytes) || !budget.TryTake(bytes))))
            {
                return false;
            }

            _queue.Enqueue((messages, bytes));
            _queuedBytes += bytes;
            Signal();
        }

        return true;
    }

    private bool TryPut(Dictionary<AttemptKey, Wire.HubMessage> orders, AttemptKey key, Wire.HubMessage order)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            orders[key] = order;
            Signal();
        }

        return true;
    }

    private void Fold(AttemptKey key, OutputStream stream, Func<StreamWord, StreamWord> change)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _streams[(key, stream)] = change(_streams.GetValueOrDefault((key, stream)));
            Signal();
        }
    }

    private bool HasSomething => _probes.Count > 0 || (!_waitsForAnswer && HasMore);

    private bool HasMore =>
        _queue.Count > 0 || _cancels.Count > 0 || _backgroundEnds.Count > 0 || _streams.Count > 0 || _ends.Count > 0 || _backgrounds.Count > 0
        || _nextHeartbeat is not null || _drain is not null;

    /// <summary>Under the gate: who waits is told.</summary>
    private void Signal()
    {
        if (_closed || HasSomething)
        {
            _idle?.TrySetResult(!_closed);
            _idle = null;
        }
    }
}
