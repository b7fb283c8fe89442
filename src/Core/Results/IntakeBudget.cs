namespace TaskConsole.Core.Results;

/// <summary>What may be in the pipeline at the same time, by count and by bytes. Whoever is over it waits, first come, first served.</summary>
internal sealed class IntakeBudget(int maxCount, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<(TaskCompletionSource Admitted, int Bytes)> _waiting = [];
    private int _count;
    private long _bytes;

    /// <summary>Events taken in and not given back.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes taken in and not given back.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Whether so much is more than half of what may be taken in.</summary>
    public bool IsMoreThanHalf(int count, long bytes) => count > maxCount / 2 || bytes > maxBytes / 2;

    /// <summary>Takes one event in; something is always taken in when nothing else is there.</summary>
    public ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        TaskCompletionSource admitted;
        lock (_gate)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                Add(bytes);
                return ValueTask.CompletedTask;
            }

            admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((admitted, bytes));
        }

        return new ValueTask(WaitAsync(admitted, cancellationToken));
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
        while (_waiting.TryPeek(out var next) && (next.Admitted.Task.IsCompleted || Fits(next.Bytes)))
        {
            _waiting.Dequeue();

            // Not when it was given up meanwhile.
            if (next.Admitted.TrySetResult())
            {
                Add(next.Bytes);
            }
        }
    }

    private bool Fits(int bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);

    private void Add(int bytes)
    {
        _count++;
        _bytes += bytes;
    }
}
