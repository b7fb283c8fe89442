using TaskConsole.Core.Access;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks;

/// <summary>Reads tasks and their CommandHosts for pages, REST and SignalR.</summary>
public sealed class TaskQueries
{
    public Task<Answer<TaskView>> GetAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Tasks, newest first.</summary>
    public Task<Answer<PageOf<TaskSummary>>> ListAsync(TaskFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Status and counters alone, for live views.</summary>
    public Task<Answer<TaskSummary>> GetSummaryAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>CommandHosts of a task in rollout order: host by host, command by command.</summary>
    public Task<Answer<PageOf<CommandHostView>>> HostsAsync(Guid taskId, CommandHostFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Some CommandHosts of a task by id (at most 2,000), for live views; unknown ids are left out.</summary>
    public Task<Answer<IReadOnlyList<CommandHostView>>> CommandHostsAsync(Guid taskId, IReadOnlyCollection<Guid> ids, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public Task<Answer<CommandHostDetail>> GetCommandHostAsync(Guid commandHostId, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
