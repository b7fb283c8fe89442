using TaskConsole.Core.Access;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Everything that changes a task on a person's word. Each act asks the <see cref="AccessPolicy"/> first, and is one transaction.</summary>
public sealed class TaskService
{
    /// <summary>
    /// Composes a task: checks it, resolves its targets, and commits task, commands and CommandHosts together.
    /// With an idempotency key the same body answers the same task for 24 h; another body is <see cref="Problem.WrongState"/>.
    /// </summary>
    public Task<Answer<TaskView>> CreateAsync(TaskSpec spec, Actor actor, IdempotencyClaim? idempotency, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Starts a Pending task; any other state is <see cref="Problem.WrongState"/>.</summary>
    public Task<Answer<TaskView>> StartAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Cancels a task, or with <paramref name="hostIds"/> only these hosts of it. A repeat is no error; an ended task is <see cref="Problem.WrongState"/>.</summary>
    public Task<Answer<TaskView>> CancelAsync(Guid taskId, IReadOnlyCollection<Guid>? hostIds, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Makes and starts a new task for the hosts with any command that did not succeed, on each from the first such command.</summary>
    public Task<Answer<TaskView>> RetryAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}

/// <summary>An <c>Idempotency-Key</c> with the body that it came with.</summary>
/// <param name="Key">1 to 200 characters.</param>
/// <param name="Scope">Whose key it is: one token's keys mean nothing to another.</param>
/// <param name="BodyHash">SHA-256 of the request's body.</param>
public sealed record IdempotencyClaim(string Key, string Scope, byte[] BodyHash);
