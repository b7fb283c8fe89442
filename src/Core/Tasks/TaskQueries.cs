using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

/// <summary>Reads tasks and their CommandHosts for pages, REST and SignalR.</summary>
public sealed class TaskQueries
{
    private readonly Store _store;
    private readonly CommandCatalog _catalog;
    private readonly ActDoor _acts;
    private readonly HoldReader _holds;
    private readonly TimeProvider _time;

    internal TaskQueries(ActDoor acts, Store store, CommandCatalog catalog, HoldReader holds, TimeProvider time)
    {
        _holds = holds;
        _store = store;
        _catalog = catalog;
        _acts = acts;
        _time = time;
    }

    public Task<Answer<TaskView>> GetAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        ReadAsync<TaskView>(
            actor,
            async context => await context.Tasks.SingleOrDefaultAsync(task => task.Id == taskId, cancellationToken) is { } task
                ? TaskMapping.View(task, await _catalog.GetAsync(taskId, cancellationToken), _time.GetUtcNow())
                : NotFound(taskId));

    /// <summary>Status and counters alone, for live views.</summary>
    public Task<Answer<TaskSummary>> GetSummaryAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        ReadAsync<TaskSummary>(
            actor,
            async context =>
            {
                var found = await context.Tasks.Where(task => task.Id == taskId).Select(TaskMapping.WithoutDetail).SingleOrDefaultAsync(cancellationToken);
                if (found is null)
                {
                    return NotFound(taskId);
                }

                var summary = TaskMapping.Summary(found, _time.GetUtcNow());
                return found.PendingCount == 0 ? summary : summary with { Hold = await HoldReader.FindAsync(context, taskId, cancellationToken) };
            });

    /// <summary>Tasks, newest first.</summary>
    public Task<Answer<PageOf<TaskSummary>>> ListAsync(TaskFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ReadAsync<PageOf<TaskSummary>>(
            actor,
            async context =>
            {
                if (page.Check() is { } outOfRange)
                {
                    return outOfRange;
                }

                var tasks = Filter(context, filter);
                var total = await tasks.CountAsync(cancellationToken);
                var rows = await tasks
                    .OrderByDescending(task => task.Id)
                    .Skip(page.Skip)
                    .Take(page.Size)
                    .Select(TaskMapping.WithoutDetail)
                    .ToListAsync(cancellationToken);
                var now = _time.GetUtcNow();
                return new PageOf<TaskSummary>([.. rows.Select(task => TaskMapping.Summary(task, now))], total, page.Number, page.Size);
            });
    }

    /// <summary>CommandHosts of a task in rollout order (host by host, command by command), or status by status and in rollout order within each.</summary>
    public Task<Answer<PageOf<CommandHostView>>> HostsAsync(Guid taskId, CommandHostFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ReadAsync<PageOf<CommandHostView>>(
            actor,
            async context =>
            {
                if (page.Check() is { } outOfRange)
                {
                    return outOfRange;
                }

                if (!await context.Tasks.AnyAsync(task => task.Id == taskId, cancellationToken))
                {
                    return NotFound(taskId);
                }

                var rows = context.CommandHosts.Where(row => row.TaskId == taskId);
                rows = filter.Status is { } status ? rows.Where(row => row.Status == status) : rows;
                rows = filter.HostId is { } hostId ? rows.Where(row => row.HostId == hostId) : rows;
                rows = filter.Group is { } group ? group.Of(rows) : rows;
                if (!string.IsNullOrWhiteSpace(filter.Search))
                {
                    // Names of hosts are in lower case.
#pragma warning disable CA1308
                    var part = filter.Search.Trim().ToLowerInvariant();
#pragma warning restore CA1308
                    rows = rows.Where(row => row.HostName.Contains(part));
                }

                var total = await rows.CountAsync(cancellationToken);
                var ordered = filter.FailuresFirst ? rows.OrderBy(CommandHostOrder.FailuresFirst).ThenBy(row => row.Id) : rows.OrderBy(row => row.Id);
                var items = await ordered.Skip(page.Skip).Take(page.Size).ToListAsync(cancellationToken);
                return new PageOf<CommandHostView>(await ViewsAsync(context, taskId, items, cancellationToken), total, page.Number, page.Size);
            });
    }

    /// <summary>Some CommandHosts of a task by id (at most 2,000), for live views; unknown ids are left out.</summary>
    public Task<Answer<IReadOnlyList<CommandHostView>>> CommandHostsAsync(Guid taskId, IReadOnlyCollection<Guid> ids, Actor actor, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<CommandHostView>>(
            actor,
            async context =>
            {
                var rows = await _store.Dialect.CommandHosts(context, ids).Where(row => row.TaskId == taskId).ToListAsync(cancellationToken);
                rows.Sort((left, right) => left.Id.CompareTo(right.Id));
                return new Answer<IReadOnlyList<CommandHostView>>(await ViewsAsync(context, taskId, rows, cancellationToken));
            });

    /// <summary>How many CommandHosts of a task were given up and may run all the same: a cancel reaches them, though the task has ended.</summary>
    public Task<Answer<int>> CountStillRunningAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        ReadAsync<int>(
            actor,
            async context => await context.CommandHosts.CountAsync(
                row => row.TaskId == taskId
                    && row.ActiveHostId != null
                    && row.Status >= CommandHostStatus.Succeeded
                    && (row.UnreachableSince == null || row.Reason == Reason.ServerDeadline),
                cancellationToken));

    public Task<Answer<CommandHostDetail>> GetCommandHostAsync(Guid commandHostId, Actor actor, CancellationToken cancellationToken) =>
        ReadAsync<CommandHostDetail>(
            actor,
            async context =>
            {
                var row = await context.CommandHosts.SingleOrDefaultAsync(candidate => candidate.Id == commandHostId, cancellationToken);
                if (row is null)
                {
                    return new Problem.NotFound(TaskProblemCode.CommandHostNotFound, ("id", commandHostId));
                }

                var results = await context.CommandResults
                    .Where(result => result.CommandHostId == commandHostId)
                    .OrderBy(result => result.Attempt)
                    .ToListAsync(cancellationToken);
                var events = await context.CommandHostEvents
                    .Where(told => told.CommandHostId == commandHostId)
                    .OrderBy(told => told.Number)
                    .ToListAsync(cancellationToken);
                var view = (await ViewsAsync(context, row.TaskId, [row], cancellationToken))[0];
                return new CommandHostDetail(view)
                {
                    TaskId = row.TaskId,
                    Attempts = [.. results.Select(TaskMapping.View)],
                    Story = Story.Tell(row, results, events),
                    Hold = await _holds.FindAsync(context, row, cancellationToken),
                };
            });

    private async Task<IReadOnlyList<CommandHostView>> ViewsAsync(TaskConsoleContext context, Guid taskId, List<CommandHost> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var commands = await _catalog.GetAsync(taskId, cancellationToken);
        var ids = rows.ConvertAll(row => row.Id);
        var results = (await _store.Dialect.Results(context, ids).ToListAsync(cancellationToken))
            .ToDictionary(result => new AttemptKey(result.CommandHostId, result.Attempt));
        var open = rows.Where(row => row.DispatchedAt is not null && !results.ContainsKey(new AttemptKey(row.Id, row.Attempt))).Select(row => row.Id).ToList();
        var committed = open.Count == 0
            ? []
            : (await _store.Dialect.Frames(context, open)
                .GroupBy(frame => new { frame.CommandHostId, frame.Attempt, frame.Stream })
                .Select(group => new { group.Key, End = group.Max(frame => frame.Offset + frame.Length) })
                .ToListAsync(cancellationToken))
                .ToDictionary(group => (group.Key.CommandHostId, group.Key.Attempt, group.Key.Stream), group => group.End);
        var said = await SaidByPeopleAsync(context, rows, cancellationToken);
        var background = await LeftInBackgroundAsync(context, results.Values, cancellationToken);
        return [.. rows.Select(row => TaskMapping.View(
            row,
            results.GetValueOrDefault(new AttemptKey(row.Id, row.Attempt)),
            said.GetValueOrDefault(row.Id),
            commands[row.CommandIndex].Id,
            (committed.GetValueOrDefault((row.Id, row.Attempt, OutputStream.Stdout)), committed.GetValueOrDefault((row.Id, row.Attempt, OutputStream.Stderr))),
            background.GetValueOrDefault(row.Id)))];
    }

    /// <summary>Processes that attempts left in the background and that are not known to have ended, by CommandHost. Asks the store only when any were left.</summary>
    private static async Task<Dictionary<Guid, int>> LeftInBackgroundAsync(TaskConsoleContext context, IEnumerable<CommandResult> results, CancellationToken cancellationToken)
    {
        var left = results.Where(result => result.Background > 0).ToList();
        if (left.Count == 0)
        {
            return [];
        }

        var ids = left.Select(result => result.CommandHostId).ToHashSet();
        var ended = (await context.CommandHostEvents
            .Where(told => ids.Contains(told.CommandHostId) && told.Event == StoryEvent.BackgroundEnded)
            .Select(told => new { told.CommandHostId, told.Attempt })
            .ToListAsync(cancellationToken))
            .Select(told => new AttemptKey(told.CommandHostId, told.Attempt))
            .ToHashSet();
        return left.Where(result => !ended.Contains(new AttemptKey(result.CommandHostId, result.Attempt)))
            .GroupBy(result => result.CommandHostId)
            .ToDictionary(group => group.Key, group => (int)Math.Min(int.MaxValue, group.Sum(result => (long)result.Background)));
    }

    /// <summary>What people said who settled a CommandHost.</summary>
    private static async Task<Dictionary<Guid, string>> SaidByPeopleAsync(TaskConsoleContext context, List<CommandHost> rows, CancellationToken cancellationToken)
    {
        var settled = rows.Where(row => row.Reason == Reason.ResolvedByUser).Select(row => row.Id).ToList();
        return settled.Count == 0
            ? []
            : await context.CommandHostEvents
                .Where(told => settled.Contains(told.CommandHostId) && told.Event == StoryEvent.Resolved)
                .ToDictionaryAsync(told => told.CommandHostId, told => Said(StoryArguments.Read(told.Arguments)), cancellationToken);
    }

    private static string Said(IReadOnlyDictionary<string, JsonElement> resolved) => $"{resolved["by"]}: {resolved["text"]}";

    private static IQueryable<OpsTask> Filter(TaskConsoleContext context, TaskFilter filter)
    {
        IQueryable<OpsTask> tasks = context.Tasks;
        tasks = filter.Status is { } status ? tasks.Where(task => task.Status == status) : tasks;
        tasks = filter.CreatedBy is { } createdBy ? tasks.Where(task => task.CreatedBy == createdBy) : tasks;
        tasks = filter.From is { } from ? tasks.Where(task => task.CreatedAt >= from) : tasks;
        tasks = filter.To is { } to ? tasks.Where(task => task.CreatedAt < to) : tasks;
        if (!string.IsNullOrWhiteSpace(filter.Search))
        {
            // LIKE ignores case on SQLite; MariaDB's bytewise collation does not, so both sides are lowered.
#pragma warning disable CA1304, CA1311, CA1862, MA0011
            var part = filter.Search.Trim().ToLower();
            tasks = tasks.Where(task => task.Name.ToLower().Contains(part));
#pragma warning restore CA1304, CA1311, CA1862, MA0011
        }

        if (!string.IsNullOrWhiteSpace(filter.Host))
        {
            var name = filter.Host.Trim();
            tasks = Guid.TryParse(name, out var id)
                ? tasks.Where(task => context.CommandHosts.Any(row => row.TaskId == task.Id && row.HostId == id))
                : tasks.Where(task => context.CommandHosts.Any(row => row.TaskId == task.Id && row.HostName == name));
        }

        return tasks;
    }

    private Task<Answer<T>> ReadAsync<T>(Actor actor, Func<TaskConsoleContext, Task<Answer<T>>> read) => _acts.ReadAsync(Act.ReadTasks, actor, read);

    private static Problem.NotFound NotFound(Guid taskId) => new(TaskProblemCode.NotFound, ("id", taskId));
}
