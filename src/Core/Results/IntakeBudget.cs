namespace TaskConsole.Core.Results;

/// <summary>
/// What may be in the pipeline at the same time, by count and by bytes. Whoever is over it waits, first come, first
/// served, but in turns: a host that was let in may go on until it has had its share, before the next one begins.
/// </summary>
/// <remarks>
/// Deficit round robin (Shreedhar and Varghese, 1996) with few turns at a time. Let in frame by frame, every attempt of
/// a flood would be spread over many transactions, and its output written twice: first as frames, then sealed.
/// </remarks>
internal sealed class IntakeBudget(int maxCount, long maxBytes)
{
    /// <summary>Turns at the same time, while these fill half of the budget.</summary>
    private const int MaxTurns = 8;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _goingOn = [];
    private readonly Queue<Waiting> _waiting = [];
    private readonly OrderedDictionary<Guid, long> _turns = [];
    private int _count;
    private long _bytes;

    /// <summary>Bytes of one turn: about what one attempt sends before it must be acknowledged.</summary>
    public const int TurnBytes = 256 * 1024;

    /// <summary>Events taken in and not given back.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes taken in and not given back.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether so much is more than half of what may be taken in.</summary>
    public bool IsMoreThanHalf(int count, long bytes) => count > maxCount / 2 || bytes > maxBytes / 2;

    /// <summary>Takes one event of a host in; something is always taken in when nothing else is there.</summary>
    public ValueTask TakeAsync(Guid hostId, int bytes, CancellationToken cancellationToken)
    {
        Waiting waiting;
        lock (_gate)
        {
            var goesOn = _turns.ContainsKey(hostId);
            if (_goingOn.Count == 0 && (goesOn || _waiting.Count == 0) && Fits(bytes))
            {
                Add(hostId, bytes);
                return ValueTask.CompletedTask;
            }

            waiting = new Waiting(hostId, bytes);
            (goesOn ? _goingOn : _waiting).Enqueue(waiting);
        }

        return new ValueTask(WaitAsync(waiting.Admitted, cancellationToken));
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
            _count--;
            _bytes -= bytes;
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
        AdmitFrom(_goingOn, begins: false);
        if (_goingOn.Count == 0)
        {
            AdmitFrom(_waiting, begins: true);
        }
    }

    private void AdmitFrom(Queue<Waiting> queue, bool begins)
    {
        while (queue.TryPeek(out var next) && (next.Admitted.Task.IsCompleted || (Fits(next.Bytes) && (!begins || MayBegin()))))
        {
            queue.Dequeue();

            // Not when it was given up meanwhile.
            if (next.Admitted.TrySetResult())
            {
                if (begins)
                {
                    Begin(next.HostId);
                }

                Add(next.HostId, next.Bytes);
            }
        }
    }

    /// <summary>Turns whose hosts are slow keep nobody out: the pipeline is never idle for them.</summary>
    private bool MayBegin() => _turns.Count < MaxTurns || !IsMoreThanHalf(_count, _bytes);

    private void Begin(Guid hostId)
    {
        if (_turns.Count >= MaxTurns)
        {
            _turns.RemoveAt(0);
        }

        _turns[hostId] = TurnBytes;
    }

    private bool Fits(int bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);

    private void Add(Guid hostId, int bytes)
    {
        _count++;
        _bytes += bytes;
        if (_turns.TryGetValue(hostId, out var left))
        {
            if (left > bytes)
            {
                _turns[hostId] = left - bytes;
            }
            else
            {
                _turns.Remove(hostId);
            }
        }
    }

    private sealed record Waiting(Guid HostId, int Bytes)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
