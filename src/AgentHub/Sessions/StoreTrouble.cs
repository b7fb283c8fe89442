namespace TaskConsole.AgentHub.Sessions;

/// <summary>Keeps a store that is away from filling the log: thousands of agents come back every few seconds, and each finds the same.</summary>
internal sealed class StoreTrouble(TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _told;

    /// <summary>Whether it is worth a line: at most one in ten seconds.</summary>
    public bool IsNews()
    {
        lock (_gate)
        {
            if (_told != 0 && time.GetElapsedTime(_told) < Quiet)
            {
                return false;
            }

            _told = time.GetTimestamp();
            return true;
        }
    }
}
