using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tasks;

/// <summary>Commands of tasks, by task. They never change once composed, so a copy in memory is always true.</summary>
internal sealed class CommandCatalog(StoreContexts contexts) : IDisposable
{
    private const long MaxCachedCharacters = 32 * 1024 * 1024;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxCachedCharacters });

    /// <summary>The commands of a task in order; empty when the task does not exist.</summary>
    public async ValueTask<IReadOnlyList<Command>> GetAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (_cache.TryGetValue(taskId, out IReadOnlyList<Command>? known) && known is not null)
        {
            return known;
        }

        var context = contexts.CreateDbContext();
        await using (context)
        {
            var commands = await context.Commands.AsNoTracking()
                .Where(command => command.TaskId == taskId)
                .OrderBy(command => command.Index)
                .ToListAsync(cancellationToken);
            if (commands.Count > 0)
            {
                _cache.Set(taskId, (IReadOnlyList<Command>)commands, new MemoryCacheEntryOptions
                {
                    Size = commands.Sum(command => 500L + command.Script.Length + (command.Environment?.Length ?? 0)),
                    SlidingExpiration = TimeSpan.FromMinutes(10),
                });
            }

            return commands;
        }
    }

    public void Dispose() => _cache.Dispose();
}
