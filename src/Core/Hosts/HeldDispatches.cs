namespace TaskConsole.Core.Hosts;

/// <summary>
/// CommandHosts that the journal of a hello lacks and that are not sent again at once, because an agent at another
/// place said it: the former one, should it be alive, has them. A hint: what is lost here is found by
/// <see cref="Dispatch.Deadlines.RedeliveryChore"/> some seconds later.
/// </summary>
internal sealed class HeldDispatches
{
    private const int MaxKept = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<HeldDispatch> _held = [];

    /// <summary>Keeps them until a moment, which is never earlier than the one of the call before.</summary>
    public void Add(IReadOnlyCollection<Guid> commandHostIds, long sessionEpoch, DateTimeOffset? until)
    {
        lock (_gate)
        {
            foreach (var id in commandHostIds.Take(MaxKept - _held.Count))
            {
                _held.Enqueue(new HeldDispatch(id, sessionEpoch, until ?? default));
            }
        }
    }

    /// <summary>Takes out those whose moment has come.</summary>
    public IReadOnlyList<HeldDispatch> Take(DateTimeOffset now)
    {
        List<HeldDispatch> due = [];
        lock (_gate)
        {
            while (_held.TryPeek(out var next) && next.Until <= now)
            {
                due.Add(_held.Dequeue());
            }
        }

        return due;
    }
}

/// <summary>A dispatch that is put off.</summary>
/// <param name="CommandHostId">Which.</param>
/// <param name="SessionEpoch">The session whose hello lacked it; a later one's hello has judged it again.</param>
/// <param name="Until">When it may be sent.</param>
internal sealed record HeldDispatch(Guid CommandHostId, long SessionEpoch, DateTimeOffset Until);
