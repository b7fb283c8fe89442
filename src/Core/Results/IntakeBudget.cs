namespace TaskConsole.Core.Results;

/// <summary>
/// What may be in the pipeline at the same time, by count and by bytes. Whoever is over it waits, first come, first
/// served. Small events and bulk each leave a part to the other, so that neither waits while the other comes without end.
/// </summary>
/// <remarks>
/// An attempt that begins to send bulk has a turn: room is set aside for what it is about to send, and it passes those
/// that have not begun. Let in frame by frame, every attempt of a flood would be spread over many transactions, and its
/// output written twice, first as frames, then sealed. A turn is no promise: what is held for a fault of the store, and
/// many small events, take of the same bytes.
/// </remarks>
internal sealed class IntakeBudget(int maxCount, long maxBytes)
{
    /// <summary>Bytes of one turn: what an attempt sends before it must be acknowledged, <see cref="Outputs.OutputOptions.WindowBytes"/> as it comes.</summary>
    public const int TurnBytes = 256 * 1024;

    /// <summary>With less bulk than this in the pipeline another one begins whatever is set aside: those that are in their turn may have little to say.</summary>
    public const long LittleBytes = EventGroup.MaxBytes / 2;

    /// <summary>Bytes up to which an event is small.</summary>
    private const int SmallBytes = 8 * 1024;

    /// <summary>One part in so many is for small events alone, one for bulk alone.</summary>
    private const int Share = 8;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _small = [];
    private readonly Queue<Waiting> _inTurn = [];
    private readonly Queue<Waiting> _beginning = [];

    /// <summary>Bytes that are left of each turn.</summary>
    private readonly Dictionary<Sender, int> _turns = [];
    private long _setAside;
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

    /// <summary>Takes one event in; something is always taken in when nothing else is there.</summary>
    public ValueTask TakeAsync(Sender sender, int bytes, CancellationToken cancellationToken)
    {
        Waiting waiting;
        lock (_gate)
        {
            var queue = IsSmall(bytes) ? _small : _turns.ContainsKey(sender) ? _inTurn : _beginning;
            if (queue.Count == 0 && MayEnter(queue, bytes))
            {
                Enter(queue, sender, bytes);
                return ValueTask.CompletedTask;
            }

            queue.Enqueue(waiting = new Waiting(sender, bytes));
        }

        return new ValueTask(WaitAsync(waiting.Admitted, cancellationToken));
    }

    /// <summary>Bytes set aside for what is about to come; 0 when nobody is in a turn.</summary>
    public long SetAside => Volatile.Read(ref _setAside);

    /// <summary>Whether it is in its turn: then it is about to say more.</summary>
    public bool IsInTurn(Sender sender)
    {
        lock (_gate)
        {
            return _turns.ContainsKey(sender);
        }
    }

    /// <summary>What was set aside is for others, if there was a turn.</summary>
    public void EndTurn(Sender sender)
    {
        lock (_gate)
        {
            if (_turns.Remove(sender, out var left))
            {
                _setAside -= left;
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
        AdmitFrom(_inTurn);
        AdmitFrom(_beginning);
    }

    private void AdmitFrom(Queue<Waiting> queue)
    {
        while (queue.TryPeek(out var next) && (next.Admitted.Task.IsCompleted || MayEnter(queue, next.Bytes)))
        {
            queue.Dequeue();

            // A sender that gave up while it waited takes no room.
            if (next.Admitted.TrySetResult())
            {
                Enter(queue, next.Sender, next.Bytes);
            }
        }
    }

    private bool MayEnter(Queue<Waiting> queue, int bytes) =>
        Fits(bytes) && (queue != _beginning || (_inTurn.Count == 0 && MayBegin(bytes)));

    private bool MayBegin(int bytes) =>
        _bulkBytes < LittleBytes || _bulkBytes + _setAside + Math.Max(bytes, TurnBytes) <= maxBytes - (maxBytes / Share);

    private bool Fits(int bytes)
    {
        var (count, held) = IsSmall(bytes) ? (_smallCount, _smallBytes) : (_bulkCount, _bulkBytes);
        return Count == 0
            || (Count < maxCount && Bytes + bytes <= maxBytes && count < maxCount - (maxCount / Share) && held + bytes <= maxBytes - (maxBytes / Share));
    }

    private void Enter(Queue<Waiting> queue, Sender sender, int bytes)
    {
        Add(bytes, 1);
        if (queue != _small)
        {
            GoOn(sender, begins: queue == _beginning, bytes);
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

    private void GoOn(Sender sender, bool begins, int bytes)
    {
        // The turn of this attempt may have ended while it waited; the room then belongs to another attempt.
        var left = begins ? TurnBytes : 0;
        if (_turns.Remove(sender, out var setAside))
        {
            _setAside -= setAside;
            left = setAside;
        }

        if (left > bytes)
        {
            _turns.Add(sender, left - bytes);
            _setAside += left - bytes;
        }
    }

    private sealed record Waiting(Sender Sender, int Bytes)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
