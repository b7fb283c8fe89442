using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>Reads the store over one open connection, with queries that are compiled once: it is asked half a million times.</summary>
internal sealed class ModelReader : IAsyncDisposable
{
    private static readonly Func<TaskConsoleContext, Guid, IAsyncEnumerable<OpsTask>> Task =
        EF.CompileAsyncQuery((TaskConsoleContext context, Guid id) => context.Tasks.Where(task => task.Id == id));

    private static readonly Func<TaskConsoleContext, Guid, IAsyncEnumerable<CommandHost>> Rows =
        EF.CompileAsyncQuery((TaskConsoleContext context, Guid id) => context.CommandHosts.Where(row => row.TaskId == id).OrderBy(row => row.Id).Select(row => row));

    private readonly TaskConsoleContext _context;

    private ModelReader(TaskConsoleContext context) => _context = context;

    public static async Task<ModelReader> OpenAsync(TestEngine engine)
    {
        var reader = new ModelReader(engine.Read());
        await reader._context.Database.OpenConnectionAsync();
        return reader;
    }

    public async Task<OpsTask> TaskAsync(Guid taskId)
    {
        await foreach (var task in Task(_context, taskId))
        {
            return task;
        }

        throw new InvalidOperationException($"There is no task {taskId}.");
    }

    /// <summary>In rollout order.</summary>
    public async Task<List<CommandHost>> RowsAsync(Guid taskId)
    {
        var rows = new List<CommandHost>();
        await foreach (var row in Rows(_context, taskId))
        {
            rows.Add(row);
        }

        return rows;
    }

    public async Task<List<AttemptKey>> ResultsAsync() =>
        await _context.CommandResults.Select(result => new AttemptKey(result.CommandHostId, result.Attempt)).ToListAsync();

    /// <summary>Removes all tasks, and what drained drains no more.</summary>
    public Task ClearAsync() => _context.Database.ExecuteSqlRawAsync("DELETE FROM tasks; UPDATE hosts SET draining = 0;");

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
