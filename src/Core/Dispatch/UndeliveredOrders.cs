namespace TaskConsole.Core.Dispatch;

/// <summary>
/// CommandHosts that were committed as dispatched and could not be handed to a session then. A hint: what does not fit,
/// or is lost, is found by <see cref="Deadlines.RedeliveryChore"/> some seconds later.
/// </summary>
internal sealed class UndeliveredOrders
{
    private const int MaxKept = 10_000;

    private readonly Lock _gate = new();
    private HashSet<Guid> _commandHostIds = [];

    public void Add(Guid commandHostId)
    {
        lock (_gate)
        {
            if (_commandHostIds.Count < MaxKept)
            {
                _commandHostIds.Add(commandHostId);
            }
        }
    }

    /// <summary>Takes all of them out.</summary>
    public IReadOnlyCollection<Guid> Take()
    {
        lock (_gate)
        {
            var taken = _commandHostIds;
            _commandHostIds = [];
            return taken;
        }
    }
}
