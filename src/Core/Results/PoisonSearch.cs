using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// Commits what the store takes of a group that it does not take as a whole, by halving, and names the events that fail
/// alone. Throws when it is the store that fails; then what is left of the group is to be tried again.
/// </summary>
/// <param name="commit">Commits events in one transaction and marks them.</param>
/// <param name="hold">Takes an event that failed alone, and what came behind it from its attempt; more may be added to the list.</param>
internal sealed class PoisonSearch(Func<List<QueuedEvent>, CancellationToken, Task> commit, Action<List<QueuedEvent>, Exception> hold)
{
    /// <summary>Searches a group that has failed.</summary>
    public Task SearchAsync(IReadOnlyList<QueuedEvent> group, CancellationToken cancellationToken) =>
        SearchAsync([.. group.GroupBy(queued => queued.Key).Select(attempt => attempt.ToList())], cancellationToken);

    private async Task SearchAsync(List<List<QueuedEvent>> attempts, CancellationToken cancellationToken)
    {
        if (attempts.Count == 1)
        {
            await SearchAttemptAsync(attempts[0], cancellationToken);
            return;
        }

        foreach (var half in new[] { attempts[..(attempts.Count / 2)], attempts[(attempts.Count / 2)..] })
        {
            if (await TryAsync([.. half.SelectMany(attempt => attempt)], cancellationToken) is not { } failure)
            {
                continue;
            }

            if (half is [[_] alone])
            {
                hold(alone, failure);
            }
            else
            {
                await SearchAsync(half, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Searches events of one attempt that have failed together: they keep their order, and none passes the one that
    /// fails. Answers what is held from that one on; null: nothing is.
    /// </summary>
    private async Task<List<QueuedEvent>?> SearchAttemptAsync(List<QueuedEvent> events, CancellationToken cancellationToken)
    {
        for (var rest = events; rest.Count > 0;)
        {
            var part = rest[..((rest.Count + 1) / 2)];
            rest = rest[part.Count..];
            if (await TryAsync(part, cancellationToken) is not { } failure)
            {
                continue;
            }

            var stuck = part.Count == 1 ? part : await SearchAttemptAsync(part, cancellationToken);
            if (stuck is null)
            {
                continue;
            }

            if (part.Count == 1)
            {
                hold(part, failure);
            }

            stuck.AddRange(rest);
            return stuck;
        }

        return null;
    }

    private async Task<Exception?> TryAsync(List<QueuedEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            await commit(events, cancellationToken);
            return null;
        }
        catch (Exception failure) when (!StoreFailure.IsUnavailable(failure) && !cancellationToken.IsCancellationRequested)
        {
            return failure;
        }
    }
}
