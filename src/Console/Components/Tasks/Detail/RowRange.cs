using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>Any stretch of a task's CommandHosts, read by pages: what a virtual list asks for.</summary>
internal sealed class RowRange(TaskQueries queries, Guid taskId, Actor actor)
{
    /// <summary>Rows that one read of the store answers.</summary>
    public const int PageSize = 100;

    /// <summary>Rows from a place on, each once.</summary>
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

        // A row that came to match between two pages moved the others on: the last of one page is the first of the next.
        return new RowStretch([.. rows.DistinctBy(row => row.Id).Skip(start - (first * PageSize)).Take(count)], total);
    }
}

/// <summary>Rows of a virtual list, and how many there are in all.</summary>
internal sealed record RowStretch(IReadOnlyList<CommandHostView> Rows, int Total);
