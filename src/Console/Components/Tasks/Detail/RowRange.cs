using TaskConsole.Core.Access;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>Any stretch of a task's CommandHosts, read by pages: what a virtual list asks for.</summary>
internal sealed class RowRange(TaskQueries queries, Guid taskId, Actor actor)
{
    private const int PageSize = 100;

    /// <summary>Unsuccessful first, then what goes on, then the rest.</summary>
    private static readonly CommandHostStatus[] FailuresFirst =
    [
        CommandHostStatus.Failed, CommandHostStatus.TimedOut, CommandHostStatus.DispatchFailed, CommandHostStatus.Unreachable, CommandHostStatus.Canceled,
        CommandHostStatus.Skipped, CommandHostStatus.Running, CommandHostStatus.Dispatched, CommandHostStatus.Pending, CommandHostStatus.Succeeded,
    ];

    /// <summary>Rows in rollout order.</summary>
    public async Task<Answer<RowStretch>> ReadAsync(CommandHostFilter filter, int start, int count, CancellationToken cancellationToken)
    {
        var rows = new List<CommandHostView>(count);
        var first = start / PageSize;
        var last = Math.Max(first, (start + count - 1) / PageSize);
        var total = 0;
        for (var number = first; number <= last; number++)
        {
            var answer = await queries.HostsAsync(taskId, filter, new PageRequest(number + 1, PageSize), actor, cancellationToken);
            if (!answer.TryGet(out var page, out var problem))
            {
                return problem;
            }

            total = page.Total;
            rows.AddRange(page.Items);
            if (page.Items.Count < PageSize)
            {
                break;
            }
        }

        return new RowStretch([.. rows.Skip(start - (first * PageSize)).Take(count)], total);
    }

    /// <summary>Rows status by status, unsuccessful ones first; within a status in rollout order.</summary>
    public async Task<Answer<RowStretch>> ReadFailuresFirstAsync(string? search, int start, int count, CancellationToken cancellationToken)
    {
        var rows = new List<CommandHostView>(count);
        var total = 0;
        foreach (var status in FailuresFirst)
        {
            var filter = new CommandHostFilter { Status = status, Search = search };
            var wanted = count - rows.Count;
            var answer = await ReadAsync(filter, Math.Max(0, start + rows.Count - total), Math.Max(1, wanted), cancellationToken);
            if (!answer.TryGet(out var stretch, out var problem))
            {
                return problem;
            }

            if (wanted > 0 && start + rows.Count < total + stretch.Total)
            {
                rows.AddRange(stretch.Rows.Take(wanted));
            }

            total += stretch.Total;
        }

        return new RowStretch(rows, total);
    }
}

/// <summary>Rows of a virtual list, and how many there are in all.</summary>
internal sealed record RowStretch(IReadOnlyList<CommandHostView> Rows, int Total);
