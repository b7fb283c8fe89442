namespace TaskConsole.Core.Results;

/// <summary>
/// What may be in the pipeline at the same time, by count and by bytes. Whoever is over it waits, first come, first
/// served. Small events and bulk each leave a part to the other, so that neither waits while the other comes without end.
/// Bulk is let in in turns: a host may go on until it has had its share, before the next one begins.
/// </summary>
/// <remarks>
/// Deficit round robin (Shreedhar and Varghese, 1996) with few turns at a time. Let in frame by frame, every attempt of
/// a flood would be spread over many transactions, and its output written twice: first as frames, then sealed.
/// </remarks>
internal sealed class IntakeBudget(int maxCount, long maxBytes, TimeProvider time)
{
    /// <summary>Bytes of one turn: about what one attempt sends before it must be acknowledged.</summary>
    public const int TurnBytes = 256 * 1024;

    /// <summary>Bytes up to which an event is small.</summary>
    private const int SmallBytes = 8 * 1024;

    /// <summary>One part in so many is for small events alone, one for bulk alone.</summary>
    private const int Share = 8;

    /// <summary>Turns at the same time: two groups' worth of bulk.</summary>
    private const int MaxTurns = (int)(2 * EventGroup.MaxBytes / TurnBytes);

    /// <summary>With less bulk than this in the pipeline another turn begins all the same: the pipeline is about to be idle.</summary>
    private const long LittleBytes = EventGroup.MaxBytes / 4;

    /// <summary>Fewer than these, in use, are written as they come, so that nobody who watches them waits.</summary>
    private const int ManyTurns = 8;

    /// <summary>A turn is in use until its host has said nothing for so long; then it is over when another one waits.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(50);

    /// <summary>When nobody went on with a turn for so long, nobody is about to.</summary>
    public static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _small = [];
    private readonly Queue<Waiting> _goingOn = [];
    private readonly Queue<Waiting> _beginning = [];

    /// <summary>The one that went on last is the last.</summary>
    private readonly OrderedDictionary<Guid, Turn> _turns = [];
    private long _wentOn;
    private int _smallCount;
    private long _smallBytes;
    private int _bulkCount;
    private long _bulkBytes;

    /// <summary>Events taken in and not given back.</summary>
    public int Count => Volatile.Read(ref _smallCount) + Volatile.Read(ref _bulkCount);

    /// <summary>Bytes taken in and not given back.</summary>
    public long Bytes => Volatile.Read(ref _smallBytes) + Volatile.Read(ref _bulkBytes);

    /// <summary>Whether an event of so many bytes waits for small ones alone.</summary>
    public static bool IsSmall(int bytes) => bytes <= SmallBytes;

    /// <summary>Whether so much is more than half of what may be taken in.</summary>
    public bool IsMoreThanHalf(int count, long bytes) => count > maxCount / 2 || bytes > maxBytes / 2;

    /// <summary>Takes one event of a host in; something is always taken in when nothing else is there.</summary>
    public ValueTask TakeAsync(Guid hostId, int bytes, CancellationToken cancellationToken)
    {
        Waiting waiting;
        lock (_gate)
        {
            var queue = IsSmall(bytes) ? _small : _turns.ContainsKey(hostId) ? _goingOn : _beginning;
            if (queue.Count == 0 && MayEnter(queue, bytes))
            {
                Enter(queue, hostId, bytes);
                return ValueTask.CompletedTask;
            }

            queue.Enqueue(waiting = new Waiting(hostId, bytes));
        }

        return new ValueTask(WaitAsync(waiting.Admitted, cancellationToken));
    }

    /// <summary>Whether a host is in its turn, among many: then it is about to say more, and what it said is better written together.</summary>
    public bool ExpectsMoreOf(Guid hostId)
    {
        lock (_gate)
        {
            return _turns.Count >= ManyTurns
                && !IsSilent(_turns.GetAt(_turns.Count - ManyTurns).Value)
                && _turns.ContainsKey(hostId)
                && (_goingOn.Count > 0 || !IsLull);
        }
    }

    /// <summary>Lets in whom time alone lets in. Whether anyone waits for a turn: then it is to be called again after a <see cref="Lull"/>.</summary>
    public bool Look()
    {
        lock (_gate)
        {
            Admit();
            return _beginning.Count > 0;
        }
    }

    /// <summary>A host has said all that it had to say for now: its turn is the next one's.</summary>
    public void EndTurn(Guid hostId)
    {
        lock (_gate)
        {
            if (_turns.Remove(hostId))
            {
                Admit();
            }
        }
    }

    /// <summary>Gives one event back.</summary>
    public void Release(int bytes)
    {
        lock (_gate)
        {
            Add(bytes, -1);
            Admit();
        }
    }

    private async Task WaitAsync(TaskCompletionSource admitted, CancellationToken cancellationToken)
    {
        await using (cancellationToken.UnsafeRegister(GiveUp, admitted))
        {
            await admitted.Task;
        }

        void GiveUp(object? state, CancellationToken token)
        {
            if (((TaskCompletionSource)state!).TrySetCanceled(token))
            {
                lock (_gate)
                {
                    Admit();
                }
            }
        }
    }

    private void Admit()
    {
        AdmitFrom(_small);
        AdmitFrom(_goingOn);
        AdmitFrom(_beginning);
    }

    private void AdmitFrom(Queue<Waiting> queue)
    {
        while (queue.TryPeek(out var next) && (next.Admitted.Task.IsCompleted || MayEnter(queue, next.Bytes)))
        {
            queue.Dequeue();

            // Not when it was given up meanwhile.
            if (next.Admitted.TrySetResult())
            {
                Enter(queue, next.HostId, next.Bytes);
            }
        }
    }

    private bool MayEnter(Queue<Waiting> queue, int bytes) =>
        Fits(bytes) && (queue != _beginning || (_goingOn.Count == 0 && MayBegin()));

    /// <summary>Turns whose hosts are slow keep nobody out, and the pipeline is never idle for them.</summary>
    private bool MayBegin() => _turns.Count < MaxTurns || _bulkBytes < LittleBytes || IsLull || IsSilent(_turns.GetAt(0).Value);

    private bool IsLull => time.GetElapsedTime(_wentOn) >= Lull;

    private bool IsSilent(Turn turn) => time.GetElapsedTime(turn.WentOn) >= Silence;

    private bool Fits(int bytes)
    {
        var (count, held) = IsSmall(bytes) ? (_smallCount, _smallBytes) : (_bulkCount, _bulkBytes);
        return Count == 0
            || (Count < maxCount && Bytes + bytes <= maxBytes && count < maxCount - (maxCount / Share) && held + bytes <= maxBytes - (maxBytes / Share));
    }

    private void Enter(Queue<Waiting> queue, Guid hostId, int bytes)
    {
        Add(bytes, 1);
        if (queue != _small)
        {
            GoOn(hostId, begins: queue == _beginning, bytes);
        }
    }

    /// <summary>One event more, or one less.</summary>
    private void Add(int bytes, int events)
    {
        if (IsSmall(bytes))
        {
            _smallCount += events;
            _smallBytes += events * (long)bytes;
        }
        else
        {
            _bulkCount += events;
            _bulkBytes += events * (long)bytes;
        }
    }

    private void GoOn(Guid hostId, bool begins, int bytes)
    {
        while (begins && _turns.Count >= MaxTurns && IsSilent(_turns.GetAt(0).Value))
        {
            _turns.RemoveAt(0);
        }

        // Its turn may have ended while it waited.
        if (!_turns.Remove(hostId, out var turn) && !begins)
        {
            return;
        }

        _wentOn = time.GetTimestamp();
        var left = begins ? TurnBytes : turn.Left;
        if (left > bytes)
        {
            _turns.Add(hostId, new Turn(left - bytes, _wentOn));
        }
    }

    /// <param name="Left">Bytes.</param>
    /// <param name="WentOn">Timestamp of its last event.</param>
    private readonly record struct Turn(long Left, long WentOn);

    private sealed record Waiting(Guid HostId, int Bytes)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
