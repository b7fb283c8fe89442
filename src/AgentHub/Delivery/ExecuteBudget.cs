namespace TaskConsole.AgentHub.Delivery;

/// <summary>Bytes of executes that wait for agents, or are being written to them, in all sessions together: slow agents must not fill the memory of the hub.</summary>
internal sealed class ExecuteBudget(long maxBytes)
{
    private long _bytes;

    /// <summary>Bytes taken and not given back.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes bytes, or says that there is no room; one execute is always taken when there is no other.</summary>
    public bool TryTake(int bytes)
    {
        var after = Interlocked.Add(ref _bytes, bytes);
        if (after <= maxBytes || after == bytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
